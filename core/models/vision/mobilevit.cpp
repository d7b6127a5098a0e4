#include <ATen/Functions.h>
#include <fmt/format.h>

#include "core/models/vision/conv_layers.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/mobilevit_config.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit.h"

namespace orrery::models::vision {
namespace {

using nn::ConvBatchNorm2d;

at::Tensor resize(const at::Tensor& x, std::int64_t height, std::int64_t width) {
  return at::upsample_bilinear2d(x, {height, width}, /*align_corners=*/false);
}

/// A stage that looks at the whole picture: pixels of the same place within their patches attend to
/// each other.
class GlobalStage {
 public:
  GlobalStage(const nn::Weights& w, const MobileViTConfig& c, const MobileViTConfig::Stage& s)
      : patch_(c.patch),
        smaller_(w / "downsampling_layer", s.smaller, c.style),
        layers_(w / "transformer.layer", s.layer, s.layers),
        norm_(w / "layernorm", s.layer.hidden, c.normEps) {
    const std::int64_t width = s.smaller.out, hidden = s.layer.hidden;
    const auto layer = [&](const char* name, std::int64_t in, std::int64_t out,
                           std::int64_t kernel) {
      return convNorm(w / name, in, out, mobileOptions(c.style, kernel), c.style.activation);
    };
    local_ = layer("conv_kxk", width, width, c.kernel);
    widen_ = nn::Conv2d(w / "conv_1x1.convolution", width, hidden, mobileOptions(c.style, 1));
    narrow_ = layer("conv_projection", hidden, width, 1);
    fusion_ = layer("fusion", 2 * width, width, c.kernel);
  }

  at::Tensor operator()(const at::Tensor& input, const nn::Observer* observer) const {
    const at::Tensor x = smaller_(input);
    const at::Tensor wide = widen_(local_(x));
    const std::int64_t height = wide.size(2), width = wide.size(3);
    const auto whole = [&](std::int64_t n) { return (n + patch_ - 1) / patch_ * patch_; };
    const bool fits = height % patch_ == 0 && width % patch_ == 0;
    at::Tensor map = attend(fits ? wide : resize(wide, whole(height), whole(width)), observer);
    if (!fits) map = resize(map, height, width);
    return fusion_(at::cat({x, narrow_(map)}, 1));
  }

 private:
  /// x [batch, hidden, height, width], whole patches → the same shape.
  at::Tensor attend(const at::Tensor& x, const nn::Observer* observer) const {
    const std::int64_t batch = x.size(0), hidden = x.size(1);
    const std::int64_t rows = x.size(2) / patch_, columns = x.size(3) / patch_;
    const at::Tensor tokens = x.reshape({batch, hidden, rows, patch_, columns, patch_})
                                  .permute({0, 3, 5, 2, 4, 1})
                                  .reshape({batch * patch_ * patch_, rows * columns, hidden});
    VitLayers::Around around;
    around.observer = observer;
    return norm_(layers_(tokens, around))
        .reshape({batch, patch_, patch_, rows, columns, hidden})
        .permute({0, 5, 3, 1, 4, 2})
        .reshape({batch, hidden, rows * patch_, columns * patch_});
  }

  std::int64_t patch_;
  InvertedResidual smaller_;
  VitLayers layers_;
  nn::LayerNorm norm_;
  ConvBatchNorm2d local_, narrow_, fusion_;
  nn::Conv2d widen_;
};

class MobileViT {
 public:
  MobileViT(const nn::Weights& w, const MobileViTConfig& c)
      : stem_(convNorm(w / "conv_stem", c.channels, c.stem, mobileOptions(c.style, 3, 2),
                       c.style.activation)) {
    const nn::Weights layers = w / "encoder.layer";
    std::int64_t index = 0;
    for (const auto& stage : c.firstStages) {
      const nn::Weights scope = layers / index++ / "layer";
      for (std::size_t i = 0; i < stage.size(); ++i)
        first_.emplace_back(scope / static_cast<std::int64_t>(i), stage[i], c.style);
    }
    for (const auto& stage : c.stages) stages_.emplace_back(layers / index++, c, stage);
  }

  at::Tensor operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    at::Tensor x = stem_(pixels);
    for (const InvertedResidual& layer : first_) x = layer(x);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const nn::Observer inStage = [&](std::string_view name, const at::Tensor& value) {
        (*observer)(fmt::format("stages.{}.{}", i, name), value);
      };
      x = stages_[i](x, observer ? &inStage : nullptr);
    }
    return x;
  }

 private:
  ConvBatchNorm2d stem_;
  std::vector<InvertedResidual> first_;
  std::vector<GlobalStage> stages_;
};

/// The classes of each pixel from several distances (Chen et al. 2017).
class SegmentationHead {
 public:
  SegmentationHead(const nn::Weights& w, const MobileViTConfig& c) {
    const nn::Weights pyramid = w / "aspp";
    const std::int64_t in = c.stages.back().smaller.out, width = c.pyramidWidth;
    const auto layer = [&](const nn::Weights& scope, std::int64_t from,
                           const nn::ConvolutionOptions& options) {
      return convNorm(scope, from, width, options, "relu");
    };
    const auto pointwise = mobileOptions(c.style, 1);
    levels_ = {layer(pyramid / "convs" / 0, in, pointwise)};
    for (const std::int64_t rate : c.pyramidRates)
      levels_.push_back(layer(pyramid / "convs" / static_cast<std::int64_t>(levels_.size()), in,
                              mobileOptions(c.style, 3, 1, 1, rate)));
    const auto pool = static_cast<std::int64_t>(levels_.size());
    pool_ = layer(pyramid / "convs" / pool / "conv_1x1", in, pointwise);
    project_ = layer(pyramid / "project", (pool + 1) * width, pointwise);
    classifier_ = nn::Conv2d(w / "classifier.convolution", width, c.labels, {});
  }

  at::Tensor operator()(const at::Tensor& x) const {
    std::vector<at::Tensor> maps;
    for (const ConvBatchNorm2d& level : levels_) maps.push_back(level(x));
    maps.push_back(pool_(x.mean({2, 3}, /*keepdim=*/true)).expand_as(maps.front()));
    return classifier_(project_(at::cat(maps, 1)));
  }

 private:
  std::vector<ConvBatchNorm2d> levels_;
  ConvBatchNorm2d pool_, project_;
  nn::Conv2d classifier_;
};

}  // namespace

std::unique_ptr<Model> makeMobileViT(const ModelSpec& spec) {
  const auto config = MobileViTConfig::read(spec.config);
  const nn::Weights base = baseScope(spec.weights, {"mobilevit"});
  const MobileViT net(base, config);
  if (spec.className.ends_with("ForSemanticSegmentation")) {
    const SegmentationHead head(spec.weights / "segmentation_head", config);
    return imageModel(config.channels, [=](const at::Tensor& pixels, const nn::Observer* observer) {
      return TensorMap{{"logits", head(net(pixels, observer))}};
    });
  }
  const auto last = convNorm(base / "conv_1x1_exp", config.stages.back().smaller.out, config.last,
                             mobileOptions(config.style, 1), config.style.activation);
  const ImageHeads heads{
      .channels = config.channels, .width = config.last, .labels = config.labels};
  return imageModel(spec, heads, [=](const at::Tensor& pixels, const nn::Observer* observer) {
    const at::Tensor map = last(net(pixels, observer));
    return ImageFeatures{map, map.mean({2, 3})};
  });
}

}  // namespace orrery::models::vision
