#include <fmt/format.h>

#include "core/models/vision/conv_layers.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

using nn::ConvBatchNorm2d;

/// The first convolution, then the second half of an inverted residual.
class Stem {
 public:
  Stem(const nn::Weights& w, const MobileNetV2Config& c) {
    const MobileStyle& style = c.style;
    const auto add = [&](const char* name, std::int64_t in, std::int64_t out,
                         const nn::ConvolutionOptions& options, std::string_view activation) {
      layers_.push_back(convNorm(w / name, in, out, options, activation, style.normEps));
    };
    add("first_conv", c.channels, c.stem, mobileOptions(style, 3, 2), style.activation);
    if (c.expandStem) add("expand_1x1", c.stem, c.stem, mobileOptions(style, 1), style.activation);
    add("conv_3x3", c.stem, c.stem, mobileOptions(style, 3, 1, c.stem), style.activation);
    add("reduce_1x1", c.stem, c.stemOut, mobileOptions(style, 1), "linear");
  }
  at::Tensor operator()(at::Tensor x) const {
    for (const ConvBatchNorm2d& layer : layers_) x = layer(x);
    return x;
  }

 private:
  std::vector<ConvBatchNorm2d> layers_;
};

/// Stem and inverted residuals.
class MobileNetV2 {
 public:
  MobileNetV2(const nn::Weights& w, const MobileNetV2Config& c) : stem_(w / "conv_stem", c) {
    for (std::size_t i = 0; i < c.blocks.size(); ++i)
      blocks_.emplace_back(w / "layer" / static_cast<std::int64_t>(i), c.blocks[i], c.style);
  }

  at::Tensor operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    at::Tensor x = stem_(pixels);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      x = blocks_[i](x);
      if (observer) (*observer)(fmt::format("layers.{}", i), x);
    }
    return x;
  }

 private:
  Stem stem_;
  std::vector<InvertedResidual> blocks_;
};

/// The classes of each pixel from the pixel and from the whole picture (DeepLabV3+ without its
/// decoder).
class SegmentationHead {
 public:
  SegmentationHead(const nn::Weights& w, const MobileNetV2Config& c) {
    const std::int64_t in = c.blocks.back().out;
    const auto layer = [&](const char* name, std::int64_t from) {
      return convNorm(w / name, from, kWidth, mobileOptions(c.style, 1), "relu");
    };
    pool_ = layer("conv_pool", in);
    pixel_ = layer("conv_aspp", in);
    project_ = layer("conv_projection", 2 * kWidth);
    classifier_ = nn::Conv2d(w / "classifier.convolution", kWidth, c.labels, {});
  }

  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor pixels = pixel_(x);
    const at::Tensor whole = pool_(x.mean({2, 3}, /*keepdim=*/true)).expand_as(pixels);
    return classifier_(project_(at::cat({whole, pixels}, 1)));
  }

 private:
  static constexpr std::int64_t kWidth = 256;
  ConvBatchNorm2d pool_, pixel_, project_;
  nn::Conv2d classifier_;
};

}  // namespace

std::unique_ptr<Model> makeMobileNetV2(const ModelSpec& spec) {
  const auto config = MobileNetV2Config::read(spec.config);
  const nn::Weights base = baseScope(spec.weights, {"mobilenet_v2"});
  const MobileNetV2 net(base, config);
  if (spec.className.ends_with("ForSemanticSegmentation")) {
    const SegmentationHead head(spec.weights / "segmentation_head", config);
    return imageModel(config.channels, [=](const at::Tensor& pixels, const nn::Observer* observer) {
      return TensorMap{{"logits", head(net(pixels, observer))}};
    });
  }
  const auto last =
      convNorm(base / "conv_1x1", config.blocks.back().out, config.last,
               mobileOptions(config.style, 1), config.style.activation, config.style.normEps);
  const ImageHeads heads{
      .channels = config.channels, .width = config.last, .labels = config.labels};
  return imageModel(spec, heads, [=](const at::Tensor& pixels, const nn::Observer* observer) {
    const at::Tensor map = last(net(pixels, observer));
    return ImageFeatures{map, map.mean({2, 3})};
  });
}

}  // namespace orrery::models::vision
