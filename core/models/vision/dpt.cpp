#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/vision/dpt_hybrid.h"
#include "core/models/vision/dpt_neck.h"
#include "core/models/vision/uper_head.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit_backbone.h"

/// dpt with its heads.
namespace orrery::models::vision {
namespace {

/// One head: from the fused map to the outputs by name.
using Head = std::function<TensorMap(const at::Tensor& map)>;

Size doubled(const at::Tensor& x) {
  return {2 * x.size(2), 2 * x.size(3)};
}

Head depthHead(const nn::Weights& w, const DptConfig& c) {
  const auto same = nn::ConvolutionOptions::same(3);
  const std::int64_t width = c.neck.fusionHidden;
  nn::Conv2d projection;
  if (c.projection) projection = nn::Conv2d(w / "projection", width, width, same);
  const nn::Conv2d first(w / "head.0", width, width / 2, same);
  const nn::Conv2d second(w / "head.2", width / 2, 32, same);
  const nn::Conv2d third(w / "head.4", 32, 1, {});
  return [=](const at::Tensor& map) {
    const at::Tensor half = first(projection.defined() ? projection(map).relu_() : map);
    const at::Tensor depth = third(second(resizeCorners(half, doubled(half))).relu_()).relu_();
    return TensorMap{{"predicted_depth", depth.squeeze(1)}};
  };
}

Head segmentationHead(const nn::Weights& w, const DptConfig& c) {
  const std::int64_t width = c.neck.fusionHidden;
  const nn::ConvBatchNorm2d first(
      nn::Conv2d(w / "head.0", width, width, nn::ConvolutionOptions::same(3, 1, 1, /*bias=*/false)),
      nn::BatchNorm2d(w / "head.1", width));
  const nn::Conv2d second(w / "head.4", width, c.labels, {});
  return [=](const at::Tensor& map) {
    const at::Tensor scores = second(first(map).relu_());
    return TensorMap{{"logits", resizeCorners(scores, doubled(scores))}};
  };
}

/// Dense prediction from DPT's own encoder or from a backbone.
class DptPredictor : public Model {
 public:
  DptPredictor(const ModelSpec& spec, const DptConfig& c, std::unique_ptr<Backbone> backbone,
               Size patch, Head head)
      : backbone_(std::move(backbone)),
        patch_(patch),
        neck_(spec.weights / "neck", c.neck, backbone_->channels()),
        head_(std::move(head)) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values"});
    const at::Tensor pixels = requireImages(inputs, 0);
    return head_(neck_(backbone_->forward(pixels, observer), patchGrid(pixels, patch_)));
  }

 private:
  std::unique_ptr<Backbone> backbone_;
  Size patch_;
  DptNeck neck_;
  Head head_;
};

/// From pixel_values to the hidden state after the last layer.
using Encode = std::function<at::Tensor(const at::Tensor& pixels, const nn::Observer* observer)>;

/// DPT's encoder alone.
class DptModel : public Model {
 public:
  DptModel(const nn::Weights& base, const VitConfig& c, Encode encode)
      : channels_(c.embedding.channels),
        encode_(std::move(encode)),
        norm_(base / "layernorm", c.layer.hidden, c.layer.normEps),
        activation_(nn::activation(c.poolerActivation)) {
    if ((base / "pooler").hasAny())
      pooler_.emplace(base / "pooler.dense", c.layer.hidden, c.poolerSize,
                      nn::Linear::Bias::kRequired);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values"});
    const at::Tensor pixels = requireImages(inputs, channels_);
    const at::Tensor hidden = norm_(encode_(pixels, observer));
    TensorMap outputs{{"last_hidden_state", hidden}};
    if (pooler_) outputs["pooler_output"] = activation_((*pooler_)(hidden.select(1, 0)));
    return outputs;
  }

 private:
  std::int64_t channels_;
  Encode encode_;
  nn::LayerNorm norm_;
  nn::Activation activation_;
  std::optional<nn::Linear> pooler_;
};

std::unique_ptr<Model> model(const ModelSpec& spec, const DptConfig& c, const nn::Weights& base) {
  if (!c.hybrid) {
    const Vit vit(base, *c.vit);
    return std::make_unique<DptModel>(
        base, *c.vit, [vit](const at::Tensor& pixels, const nn::Observer* observer) {
          return vit.forward({.pixels = pixels}, observer);
        });
  }
  const auto hybrid = std::make_shared<const DptHybrid>(spec.config, *c.vit, base);
  return std::make_unique<DptModel>(
      base, *c.vit, [hybrid](const at::Tensor& pixels, const nn::Observer* observer) {
        return hybrid->last(pixels, observer);
      });
}

/// What gives the neck its hidden states.
std::unique_ptr<Backbone> statesOf(const ModelSpec& spec, const DptConfig& c,
                                   const nn::Weights& base) {
  if (c.hybrid) return std::make_unique<DptHybrid>(spec.config, *c.vit, base);
  if (c.vit) return std::make_unique<VitBackbone>(*c.vit, base);
  return makeBackbone(spec.config["backbone_config"], spec.weights / "backbone");
}

}  // namespace

std::unique_ptr<Model> makeDpt(const ModelSpec& spec) {
  const DptConfig c = DptConfig::read(spec.config);
  const nn::Weights base = baseScope(spec.weights, {"dpt"});
  const bool depth = spec.className.ends_with("ForDepthEstimation");
  if (spec.className.ends_with("Model") && c.vit) return model(spec, c, base);
  if (!depth && !(spec.className.ends_with("ForSemanticSegmentation") && c.vit))
    refuseClass(spec.className, c.modelType);
  const nn::Weights head = spec.weights / "head";
  const Size patch =
      c.vit ? c.vit->embedding.patch : sizeField(spec.config["backbone_config"], "patch_size", 16);
  return std::make_unique<DptPredictor>(spec, c, statesOf(spec, c, base), patch,
                                        depth ? depthHead(head, c) : segmentationHead(head, c));
}

}  // namespace orrery::models::vision
