#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/models/vision/conv_layers.h"
#include "core/models/vision/convnext_layers.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit_model.h"

/// dinov3_convnext: ConvNeXt as DINOv3's small models have it (Siméoni et al. 2025).
namespace orrery::models::vision {
namespace {

constexpr ConvNextNames kNames{.depthwise = "depthwise_conv",
                               .norm = "layer_norm",
                               .up = "pointwise_conv1",
                               .down = "pointwise_conv2",
                               .scale = "gamma"};

/// A smaller picture, then layers. The first stage norms after it has made the picture smaller, the
/// others before.
class Dinov3Stage {
 public:
  Dinov3Stage(const nn::Weights& w, const ConvNextConfig& c, std::size_t index)
      : first_(index == 0) {
    const nn::Weights scope = w / "downsample_layers";
    const std::int64_t width = c.hiddenSizes[index];
    const std::int64_t in = first_ ? c.channels : c.hiddenSizes[index - 1];
    norm_ = nn::LayerNorm(scope / (first_ ? 1 : 0), first_ ? width : in, c.normEps);
    smaller_ = nn::Conv2d(scope / (first_ ? 0 : 1), in, width,
                          nn::ConvolutionOptions::patches(first_ ? 4 : 2));
    for (std::int64_t i = 0; i < c.depths[index]; ++i)
      layers_.emplace_back(w / "layers" / i, c, width, kNames, c.normEps);
  }

  at::Tensor operator()(at::Tensor x) const {
    x = first_ ? normChannels(norm_, smaller_(x)) : smaller_(normChannels(norm_, x));
    for (const ConvNextLayer& layer : layers_) x = layer(x);
    return x;
  }

 private:
  bool first_;
  nn::LayerNorm norm_;
  nn::Conv2d smaller_;
  std::vector<ConvNextLayer> layers_;
};

class Dinov3ConvNext : public Backbone {
 public:
  Dinov3ConvNext(const nn::Weights& root, const ConvNextConfig& c) : out_(c.outStages) {
    // Files of before backbones have the stages at the root.
    const nn::Weights base = baseScope(root, {"model"});
    for (std::size_t i = 0; i < c.depths.size(); ++i)
      stages_.emplace_back(base / "stages" / static_cast<std::int64_t>(i), c, i);
    for (const std::size_t stage : out_)
      channels_.push_back(stage == 0 ? c.channels : c.hiddenSizes[stage - 1]);
  }

  /// → the picture itself and what each stage gives.
  std::vector<at::Tensor> maps(const at::Tensor& pixels, const nn::Observer* observer) const {
    std::vector<at::Tensor> maps{pixels};
    for (const Dinov3Stage& stage : stages_) {
      maps.push_back(stage(maps.back()));
      if (observer) (*observer)(fmt::format("stages.{}", maps.size() - 1), maps.back());
    }
    return maps;
  }

  std::vector<at::Tensor> forward(const at::Tensor& pixels,
                                  const nn::Observer* observer) const override {
    const auto all = maps(pixels, observer);
    std::vector<at::Tensor> result;
    for (const std::size_t stage : out_) result.push_back(all[stage]);
    return result;
  }

 private:
  std::vector<std::size_t> out_;
  std::vector<Dinov3Stage> stages_;
};

}  // namespace

std::unique_ptr<Backbone> makeDinov3ConvNextBackbone(const JsonField& config,
                                                     const nn::Weights& weights) {
  return std::make_unique<Dinov3ConvNext>(weights, ConvNextConfig::read(config));
}

std::unique_ptr<Model> makeDinov3ConvNext(const ModelSpec& spec) {
  if (spec.className.ends_with("Backbone")) return backboneModel(spec);
  if (!spec.className.ends_with("Model")) refuseClass(spec.className, "dinov3_convnext");
  const auto config = ConvNextConfig::read(spec.config);
  const Dinov3ConvNext net(spec.weights, config);
  const nn::LayerNorm norm(spec.weights / "layer_norm", config.hiddenSizes.back(), config.normEps);
  return imageModel(config.channels, [=](const at::Tensor& pixels, const nn::Observer* observer) {
    const at::Tensor places = net.maps(pixels, observer).back().flatten(2).transpose(1, 2);
    // The mean of all places stands where a ViT has its class token.
    const at::Tensor hidden = norm(at::cat({places.mean(1, /*keepdim=*/true), places}, 1));
    return TensorMap{{"last_hidden_state", hidden}, {"pooler_output", hidden.select(1, 0)}};
  });
}

}  // namespace orrery::models::vision
