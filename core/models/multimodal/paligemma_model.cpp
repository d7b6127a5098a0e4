#include "core/models/multimodal/llava_scopes.h"
#include "core/models/multimodal/paligemma_config.h"
#include "core/models/multimodal/picture_language_model.h"
#include "core/models/multimodal/towers.h"
#include "core/models/multimodal/two_tower_model.h"

namespace orrery::models::multimodal {
namespace {

class PaliGemmaReader : public PictureReader {
 public:
  PaliGemmaReader(const LlavaScopes& scopes, const PaliGemmaConfig& c)
      : tower_(scopes.tower, c.vision),
        projector_(scopes.projector / "linear", c.vision.hidden, c.projection,
                   nn::Linear::Bias::kRequired),
        token_(c.imageToken) {}

  std::vector<std::string> inputNames() const override { return {"pixel_values"}; }
  std::vector<std::string> promptInputNames() const override { return {"token_type_ids"}; }

  Pictures read(const TensorMap& inputs, const nn::Observer* observer) const override {
    const auto below = observerBelow(observer, "vision_tower.");
    const at::Tensor patches = tower_.forward(inputs, below ? &below : nullptr).hidden;
    const at::Tensor rows = projector_(patches);
    return {{{"image", token_, rows.flatten(0, 1), {}}}, {{"image_hidden_states", rows}}};
  }

  /// 1, 2, 3, … in each row.
  at::Tensor positions(const TensorMap& inputs, const Pictures&) const override {
    const at::Tensor& ids = inputs.at("input_ids");
    return at::arange(1, ids.size(1) + 1, at::kLong).unsqueeze(0).expand_as(ids);
  }
  /// Tokens of type 0 are the prompt, those of type 1 its continuation.
  at::Tensor blocks(const TensorMap& inputs) const override {
    const at::Tensor types = inputIf(inputs, "token_type_ids");
    return types.defined() ? types.eq(0).to(at::kLong) - 1 : at::Tensor();
  }
  bool promptsBothWays() const override { return true; }

 private:
  VisionTower tower_;
  nn::Linear projector_;
  std::int64_t token_;
};

std::unique_ptr<Model> makePaliGemma(const ModelSpec& spec) {
  const PaliGemmaConfig config = PaliGemmaConfig::read(spec.config);
  const LlavaScopes scopes(spec.weights);
  const bool writes = writesText(spec);
  return std::make_unique<PictureLanguageModel>(
      std::make_unique<PaliGemmaReader>(scopes, config),
      text::makeTextCore(config.text, {scopes.text, scopes.head, writes}), writes);
}

}  // namespace

void registerPaliGemma(Families& families) {
  families["paligemma"] = makePaliGemma;
}

}  // namespace orrery::models::multimodal
