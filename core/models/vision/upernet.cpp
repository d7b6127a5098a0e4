#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/vision/backbone.h"
#include "core/models/vision/pixel_decoder.h"
#include "core/models/vision/segmenter_input.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

class UperNet : public Model {
 public:
  UperNet(const ModelSpec& spec, const UperNetConfig& c)
      : config_(c),
        backbone_(makeBackbone(spec.config["backbone_config"], spec.weights / "backbone")) {
    const nn::Weights w = spec.weights / "decode_head";
    const auto& channels = backbone_->channels();
    const auto scales = static_cast<std::int64_t>(c.poolScales.size());
    for (std::int64_t i = 0; i < scales; ++i)
      pools_.push_back(step(w / "psp_modules" / i / 1, channels.back(), 1));
    bottleneck_ = step(w / "bottleneck", channels.back() + scales * c.hidden, 3);
    for (std::size_t i = 0; i + 1 < channels.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      laterals_.push_back(step(w / "lateral_convs" / index, channels[i], 1));
      smooth_.push_back(step(w / "fpn_convs" / index, c.hidden, 3));
    }
    fuse_ = step(w / "fpn_bottleneck", static_cast<std::int64_t>(channels.size()) * c.hidden, 3);
    score_ = nn::Conv2d(w / "classifier", c.hidden, c.labels, {});
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values"});
    const at::Tensor images = requireImages(inputs, 0);
    const auto features = backbone_->forward(images, observer);
    std::vector<at::Tensor> maps;
    for (std::size_t i = 0; i < laterals_.size(); ++i) maps.push_back(laterals_[i](features[i]));
    maps.push_back(pooled(features.back()));
    for (std::size_t i = maps.size() - 1; i > 0; --i)
      maps[i - 1] = maps[i - 1] + resizeLike(maps[i], maps[i - 1]);
    for (std::size_t i = 0; i < smooth_.size(); ++i) maps[i] = smooth_[i](maps[i]);
    for (std::size_t i = 1; i < maps.size(); ++i) maps[i] = resizeLike(maps[i], maps[0]);
    return {{"logits", resizeLike(score_(fuse_(at::cat(maps, 1))), images)}};
  }

 private:
  nn::ConvBatchNorm2d step(const nn::Weights& w, std::int64_t in, std::int64_t kernel) const {
    const auto options = nn::ConvolutionOptions::same(kernel, 1, 1, /*bias=*/false);
    return {nn::Conv2d(w / "conv", in, config_.hidden, options),
            nn::BatchNorm2d(w / "batch_norm", config_.hidden), "relu"};
  }

  /// The coarsest map with what its surroundings look like at several scales.
  at::Tensor pooled(const at::Tensor& map) const {
    std::vector<at::Tensor> parts{map};
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      const std::int64_t side = config_.poolScales[i];
      parts.push_back(resizeLike(pools_[i](at::adaptive_avg_pool2d(map, {side, side})), map));
    }
    return bottleneck_(at::cat(parts, 1));
  }

  UperNetConfig config_;
  std::unique_ptr<Backbone> backbone_;
  std::vector<nn::ConvBatchNorm2d> pools_, laterals_, smooth_;
  nn::ConvBatchNorm2d bottleneck_, fuse_;
  nn::Conv2d score_;
};

}  // namespace

std::unique_ptr<Model> makeUperNet(const ModelSpec& spec) {
  if (!spec.className.ends_with("ForSemanticSegmentation"))
    throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of upernet",
                quoted(spec.className));
  return std::make_unique<UperNet>(spec, UperNetConfig::read(spec.config));
}

}  // namespace orrery::models::vision
