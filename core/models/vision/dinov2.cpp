#include <ATen/core/grad_mode.h>

#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit_backbone.h"

/// dinov2 with its heads, and as a backbone.
namespace orrery::models::vision {
namespace {

class Dinov2Model : public Model {
 public:
  Dinov2Model(const ModelSpec& spec, const VitConfig& c, const nn::Weights& base)
      : vit_(base, c), norm_(base / "layernorm", c.layer.hidden, c.layer.normEps) {
    if (spec.className.ends_with("ForImageClassification"))
      classifier_.emplace(spec.weights / "classifier", 2 * c.layer.hidden, c.labels);
    else if (!spec.className.ends_with("Model"))
      refuseClass(spec.className, c.modelType);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    const VitInput input = vitInput(inputs, vit_.config().embedding.channels);
    const at::Tensor hidden = norm_(vit_.forward(input, observer));
    const at::Tensor first = hidden.select(1, 0);
    if (!classifier_) return {{"last_hidden_state", hidden}, {"pooler_output", first}};
    return {{"logits", (*classifier_)(at::cat({first, hidden.slice(1, 1).mean(1)}, 1))}};
  }

 private:
  Vit vit_;
  nn::LayerNorm norm_;
  std::optional<Classifier> classifier_;
};

}  // namespace

std::unique_ptr<Model> makeDinov2(const ModelSpec& spec) {
  if (spec.className.ends_with("Backbone")) return backboneModel(spec);
  const VitConfig c = VitConfig::read(spec.config);
  return std::make_unique<Dinov2Model>(spec, c, baseScope(spec.weights, {c.base}));
}

std::unique_ptr<Backbone> makeDinov2Backbone(const JsonField& config, const nn::Weights& weights) {
  const VitConfig c = VitConfig::read(config);
  return std::make_unique<VitBackbone>(c, baseScope(weights, {c.base}));
}

}  // namespace orrery::models::vision
