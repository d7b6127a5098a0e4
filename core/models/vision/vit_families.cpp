#include <ATen/core/grad_mode.h>

#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit_model.h"

/// vit and deit with their heads.
namespace orrery::models::vision {
namespace {

/// One head: from the normed hidden state to the outputs by name.
using Head = std::function<TensorMap(const at::Tensor& hidden)>;

Head poolerHead(const nn::Weights& base, const VitConfig& c) {
  // A checkpoint of another head has none.
  if (!(base / "pooler").hasAny())
    return [](const at::Tensor& hidden) { return TensorMap{{"last_hidden_state", hidden}}; };
  const nn::Linear dense(base / "pooler.dense", c.layer.hidden, c.poolerSize,
                         nn::Linear::Bias::kRequired);
  const auto activation = nn::activation(c.poolerActivation);
  return [=](const at::Tensor& hidden) {
    return TensorMap{{"last_hidden_state", hidden},
                     {"pooler_output", activation(dense(hidden.select(1, 0)))}};
  };
}

/// DeiT's two classifiers, of the class token and of the distillation token.
Head teacherHead(const nn::Weights& root, const VitConfig& c) {
  const Classifier own(root / "cls_classifier", c.layer.hidden, c.labels);
  const Classifier taught(root / "distillation_classifier", c.layer.hidden, c.labels);
  return [=](const at::Tensor& hidden) {
    const at::Tensor first = own(hidden.select(1, 0)), second = taught(hidden.select(1, 1));
    return TensorMap{
        {"logits", (first + second) / 2}, {"cls_logits", first}, {"distillation_logits", second}};
  };
}

Head makeHead(const ModelSpec& spec, const nn::Weights& base, const VitConfig& c) {
  const nn::Weights& root = spec.weights;
  const std::string& name = spec.className;
  if (name.ends_with("ForImageClassification")) {
    const Classifier score(root / "classifier", c.layer.hidden, c.labels);
    return [score](const at::Tensor& hidden) {
      return TensorMap{{"logits", score(hidden.select(1, 0))}};
    };
  }
  if (name.ends_with("ForMaskedImageModeling")) {
    const PixelDecoder decoder(root / "decoder", c.layer.hidden, c.encoderStride,
                               c.embedding.channels);
    return [decoder, leading = c.embedding.leading()](const at::Tensor& hidden) {
      return TensorMap{{"reconstruction", decoder(hidden.slice(1, leading))}};
    };
  }
  if (c.modelType == "deit" && name.ends_with("ForImageClassificationWithTeacher"))
    return teacherHead(root, c);
  if (name.ends_with("Model")) return poolerHead(base, c);
  refuseClass(name, c.modelType);
}

class VitModel : public Model {
 public:
  VitModel(const ModelSpec& spec, const VitConfig& config, const nn::Weights& base)
      : vit_(base, config),
        norm_(base / "layernorm", config.layer.hidden, config.layer.normEps),
        head_(makeHead(spec, base, config)) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    const VitInput input = vitInput(inputs, vit_.config().embedding.channels);
    return head_(norm_(vit_.forward(input, observer)));
  }

 private:
  Vit vit_;
  nn::LayerNorm norm_;
  Head head_;
};

}  // namespace

std::unique_ptr<Model> makeVit(const ModelSpec& spec) {
  VitConfig config = VitConfig::read(spec.config);
  if (spec.className.ends_with("ForMaskedImageModeling"))
    config.embedding.maskToken = VitEmbeddingConfig::MaskToken::kFull;
  return std::make_unique<VitModel>(spec, config, baseScope(spec.weights, {config.base}));
}

}  // namespace orrery::models::vision
