#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/models/vision/swin.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit_model.h"

/// swin and swinv2 with their heads, and as backbones.
namespace orrery::models::vision {
namespace {

bool masks(const ModelSpec& spec) {
  return spec.className.ends_with("ForMaskedImageModeling");
}

/// One head: from the normed tokens [batch, patches, features] to the outputs by name.
using Head = std::function<TensorMap(const at::Tensor& tokens)>;

Head makeHead(const ModelSpec& spec, const SwinConfig& c) {
  if (masks(spec)) {
    const PixelDecoder decoder(spec.weights / "decoder", c.features(), c.encoderStride, c.channels);
    return [decoder](const at::Tensor& tokens) {
      return TensorMap{{"reconstruction", decoder(tokens)}};
    };
  }
  if (spec.className.ends_with("ForImageClassification")) {
    const Classifier score(spec.weights / "classifier", c.features(), c.labels);
    return [score](const at::Tensor& tokens) {
      return TensorMap{{"logits", score(tokens.mean(1))}};
    };
  }
  if (spec.className.ends_with("Model"))
    return [](const at::Tensor& tokens) {
      return TensorMap{{"last_hidden_state", tokens}, {"pooler_output", tokens.mean(1)}};
    };
  refuseClass(spec.className, c.modelType);
}

class SwinModel : public Model {
 public:
  SwinModel(const ModelSpec& spec, const SwinConfig& c)
      : SwinModel(spec, c, baseScope(spec.weights, {c.modelType.c_str()})) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    const VitInput input = vitInput(inputs, channels_);
    const at::Tensor map = encoder_.forward({.pixels = input.pixels,
                                             .masked = input.masked,
                                             .interpolate = input.interpolate,
                                             .observer = observer});
    return head_(norm_(map.flatten(1, 2)));
  }

 private:
  SwinModel(const ModelSpec& spec, const SwinConfig& c, const nn::Weights& base)
      : channels_(c.channels),
        encoder_(base, c, masks(spec)),
        norm_(base / "layernorm", c.features(), c.normEps),
        head_(makeHead(spec, c)) {}

  std::int64_t channels_;
  SwinEncoder encoder_;
  nn::LayerNorm norm_;
  Head head_;
};

class SwinBackbone : public Backbone {
 public:
  SwinBackbone(const SwinConfig& c, const nn::Weights& weights)
      : config_(c), encoder_(scope(weights), c) {
    const nn::Weights norms = weights / "hidden_states_norms";
    const bool numbered = (norms / 0).hasAny();  // MaskFormer counts the stages from 0
    for (const std::size_t stage : c.outStages) {
      channels_.push_back(c.width(stage == 0 ? 0 : stage - 1));
      const std::string name = stage == 0 ? "stem" : fmt::format("stage{}", stage);
      if (!c.second)
        norms_.emplace_back(norms / (numbered ? std::to_string(stage - 1) : name), channels_.back(),
                            1e-5);
    }
  }

  std::vector<at::Tensor> forward(const at::Tensor& pixels,
                                  const nn::Observer* observer) const override {
    std::vector<at::Tensor> maps;
    const auto keep = [&](std::size_t stage, const at::Tensor& x) {
      const auto& wanted = config_.outStages;
      if (std::find(wanted.begin(), wanted.end(), stage) == wanted.end()) return;
      const at::Tensor normed = config_.second ? x : norms_[maps.size()](x);
      maps.push_back(normed.permute({0, 3, 1, 2}).contiguous());
    };
    encoder_.forward({.pixels = pixels, .alwaysPartition = true, .observer = observer}, keep);
    return maps;
  }

 private:
  /// A backbone's own checkpoint leaves out the name of the base model.
  static nn::Weights scope(const nn::Weights& weights) {
    for (const char* base : {"swin", "model"})
      if ((weights / base / "embeddings").hasAny()) return weights / base;
    return weights;
  }

  SwinConfig config_;
  SwinEncoder encoder_;
  std::vector<nn::LayerNorm> norms_;  ///< of each stage that is asked for
};

}  // namespace

std::unique_ptr<Model> makeSwin(const ModelSpec& spec) {
  if (spec.className.ends_with("Backbone")) return backboneModel(spec);
  return std::make_unique<SwinModel>(spec, SwinConfig::read(spec.config));
}

std::unique_ptr<Backbone> makeSwinBackbone(const JsonField& config, const nn::Weights& weights) {
  return std::make_unique<SwinBackbone>(SwinConfig::read(config), weights);
}

}  // namespace orrery::models::vision
