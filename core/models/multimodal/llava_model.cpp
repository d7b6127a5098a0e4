#include "core/models/multimodal/llava_config.h"
#include "core/models/multimodal/llava_scopes.h"
#include "core/models/multimodal/picture_language_model.h"
#include "core/models/multimodal/towers.h"
#include "core/models/multimodal/two_tower_model.h"

namespace orrery::models::multimodal {
namespace {

using nn::Linear;

class LlavaReader : public PictureReader {
 public:
  LlavaReader(const LlavaScopes& scopes, const LlavaConfig& c, std::int64_t hidden)
      : tower_(scopes.tower, c.vision),
        in_(scopes.projector / "linear_1",
            c.vision.hidden * static_cast<std::int64_t>(c.layers.size()), hidden, biasOf(c)),
        out_(scopes.projector / "linear_2", hidden, hidden, biasOf(c)),
        activation_(nn::activation(c.activation)),
        layers_(c.layers),
        dropsFirst_(c.dropsFirst),
        token_(c.imageToken) {}

  std::vector<std::string> inputNames() const override { return {"pixel_values"}; }

  Pictures read(const TensorMap& inputs, const nn::Observer* observer) const override {
    const auto below = observerBelow(observer, "vision_tower.");
    at::Tensor x = tower_.states(inputs, layers_, below ? &below : nullptr);
    if (dropsFirst_) x = x.slice(1, 1);
    const at::Tensor rows = out_(activation_(in_(x.flatten(0, 1))));
    return {{{"image", token_, rows, {}}}, {{"image_hidden_states", rows}}};
  }

 private:
  static Linear::Bias biasOf(const LlavaConfig& c) {
    return c.projectorBias ? Linear::Bias::kRequired : Linear::Bias::kNone;
  }

  VisionTower tower_;
  Linear in_, out_;
  nn::Activation activation_;
  std::vector<std::int64_t> layers_;
  bool dropsFirst_;
  std::int64_t token_;
};

std::unique_ptr<Model> makeLlava(const ModelSpec& spec) {
  const LlavaConfig config = LlavaConfig::read(spec.config);
  const LlavaScopes scopes(spec.weights);
  const bool writes = writesText(spec);
  auto reader = std::make_unique<LlavaReader>(scopes, config, text::shapeOf(config.text).hidden);
  return std::make_unique<PictureLanguageModel>(
      std::move(reader), text::makeTextCore(config.text, {scopes.text, scopes.head, writes}),
      writes);
}

}  // namespace

LlavaScopes::LlavaScopes(const nn::Weights& root)
    : text(baseScope(root, {"language_model.model", "model.language_model", "language_model"})),
      head((root / "language_model.lm_head").hasAny() ? root / "language_model" : root),
      tower(baseScope(root, {"vision_tower.vision_model", "model.vision_tower.vision_model",
                             "model.vision_tower", "vision_tower"})),
      projector(baseScope(root, {"model.multi_modal_projector", "multi_modal_projector"})) {}

void registerLlava(Families& families) {
  families["llava"] = makeLlava;
}

}  // namespace orrery::models::multimodal
