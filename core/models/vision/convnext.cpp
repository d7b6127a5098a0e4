#include <fmt/format.h>

#include "core/models/vision/conv_layers.h"
#include "core/models/vision/convnext_layers.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/vision_config.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

using nn::ConvolutionOptions;

/// Of all norms but the one over the pooled features.
constexpr double kNormEps = 1e-6;
/// A smaller picture, but for the first stage, then layers.
class Stage {
 public:
  Stage(const nn::Weights& w, const ConvNextConfig& c, std::size_t index) {
    const std::int64_t width = c.hiddenSizes[index];
    if (index > 0) {
      const nn::Weights scope = w / "downsampling_layer";
      const std::int64_t in = c.hiddenSizes[index - 1];
      norm_ = nn::LayerNorm(scope / 0, in, kNormEps);
      smaller_ = nn::Conv2d(scope / 1, in, width, ConvolutionOptions::patches(2));
    }
    for (std::int64_t i = 0; i < c.depths[index]; ++i)
      layers_.emplace_back(w / "layers" / i, c, width, ConvNextNames{}, kNormEps);
  }

  at::Tensor operator()(at::Tensor x) const {
    if (smaller_.defined()) x = smaller_(normChannels(norm_, x));
    for (const ConvNextLayer& layer : layers_) x = layer(x);
    return x;
  }

 private:
  nn::LayerNorm norm_;
  nn::Conv2d smaller_;
  std::vector<ConvNextLayer> layers_;
};

class ConvNext {
 public:
  ConvNext(const nn::Weights& w, const ConvNextConfig& c)
      : patches_(w / "embeddings.patch_embeddings", c.channels, c.hiddenSizes[0],
                 ConvolutionOptions::patches(c.patch)),
        norm_(w / "embeddings.layernorm", c.hiddenSizes[0], kNormEps) {
    for (std::size_t i = 0; i < c.depths.size(); ++i)
      stages_.emplace_back(w / "encoder.stages" / static_cast<std::int64_t>(i), c, i);
  }

  /// → what the stem and each stage give.
  std::vector<at::Tensor> operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    std::vector<at::Tensor> maps{normChannels(norm_, patches_(pixels))};
    for (const Stage& stage : stages_) {
      maps.push_back(stage(maps.back()));
      if (observer) (*observer)(fmt::format("stages.{}", maps.size() - 1), maps.back());
    }
    return maps;
  }

 private:
  nn::Conv2d patches_;
  nn::LayerNorm norm_;
  std::vector<Stage> stages_;
};

class ConvNextBackbone : public Backbone {
 public:
  ConvNextBackbone(const nn::Weights& w, const ConvNextConfig& c) : net_(w, c), out_(c.outStages) {
    const auto names = numberedStages(c.depths.size());
    for (const std::size_t stage : out_) {
      channels_.push_back(c.hiddenSizes[stage == 0 ? 0 : stage - 1]);
      norms_.emplace_back(w / "hidden_states_norms" / names[stage], channels_.back(), kNormEps);
    }
  }

  std::vector<at::Tensor> forward(const at::Tensor& pixelValues,
                                  const nn::Observer* observer) const override {
    const auto maps = net_(pixelValues, observer);
    std::vector<at::Tensor> result;
    for (std::size_t i = 0; i < out_.size(); ++i)
      result.push_back(normChannels(norms_[i], maps[out_[i]]));
    return result;
  }

 private:
  ConvNext net_;
  std::vector<std::size_t> out_;
  std::vector<nn::LayerNorm> norms_;
};

}  // namespace

std::unique_ptr<Backbone> makeConvNextBackbone(const JsonField& config,
                                               const nn::Weights& weights) {
  return std::make_unique<ConvNextBackbone>(weights, ConvNextConfig::read(config));
}

std::unique_ptr<Model> makeConvNext(const ModelSpec& spec) {
  if (spec.className.ends_with("Backbone")) return backboneModel(spec);
  const auto config = ConvNextConfig::read(spec.config);
  const nn::Weights base = baseScope(spec.weights, {config.modelType.c_str()});
  const ConvNext net(base, config);
  const std::int64_t width = config.hiddenSizes.back();
  const nn::LayerNorm norm(base / "layernorm", width, config.normEps);
  const ImageHeads heads{.channels = config.channels, .width = width, .labels = config.labels};
  return imageModel(spec, heads, [=](const at::Tensor& pixels, const nn::Observer* observer) {
    const at::Tensor last = net(pixels, observer).back();
    return ImageFeatures{last, norm(last.mean({2, 3}))};
  });
}

}  // namespace orrery::models::vision
