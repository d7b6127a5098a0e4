#include <ATen/core/grad_mode.h>

#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit_model.h"

/// yolos: a ViT with tokens that become boxes (Fang et al. 2021).
namespace orrery::models::vision {
namespace {

/// Positions that are added between the layers.
class MidPositions {
 public:
  MidPositions() = default;
  MidPositions(const nn::Weights& encoder, const VitConfig& c) : embedding_(c.embedding) {
    const std::int64_t tokens = 1 + patches() + c.embedding.detectionTokens;
    positions_ =
        encoder.tensor("mid_position_embeddings", {c.layers - 1, 1, tokens, c.layer.hidden})
            .squeeze(1);
  }

  bool defined() const { return positions_.defined(); }

  /// For each layer but the last [tokens of a picture of `grid`, hidden].
  at::Tensor forGrid(Size grid) const {
    const std::int64_t last = embedding_.detectionTokens, count = patches();
    const at::Tensor middle =
        resizePositions(positions_.narrow(1, 1, count), embedding_.grid(), grid);
    return at::cat({positions_.narrow(1, 0, 1), middle, positions_.narrow(1, 1 + count, last)}, 1);
  }

 private:
  std::int64_t patches() const { return embedding_.grid().height * embedding_.grid().width; }

  VitEmbeddingConfig embedding_;
  at::Tensor positions_;  ///< [layers - 1, tokens, hidden]
};

/// Three linear layers with ReLU between them.
class Predictor {
 public:
  Predictor(const nn::Weights& w, std::int64_t hidden, std::int64_t out) {
    for (std::int64_t i = 0; i < 3; ++i)
      layers_.emplace_back(w / "layers" / i, hidden, i < 2 ? hidden : out,
                           nn::Linear::Bias::kRequired);
  }
  at::Tensor operator()(const at::Tensor& x) const {
    return layers_[2](layers_[1](layers_[0](x).relu_()).relu_());
  }

 private:
  std::vector<nn::Linear> layers_;
};

struct DetectionHeads {
  DetectionHeads(const nn::Weights& root, const VitConfig& c)
      // One class more: no object.
      : classes(root / "class_labels_classifier", c.layer.hidden, c.labels + 1),
        boxes(root / "bbox_predictor", c.layer.hidden, 4) {}
  Predictor classes, boxes;
};

class YolosModel : public Model {
 public:
  YolosModel(const ModelSpec& spec, const VitConfig& c, const nn::Weights& base)
      : vit_(base, c), norm_(base / "layernorm", c.layer.hidden, c.layer.normEps) {
    if (c.midPositions && c.layers > 1) mid_ = MidPositions(base / "encoder", c);
    if (spec.className.ends_with("ForObjectDetection"))
      heads_.emplace(spec.weights, c);
    else if (!spec.className.ends_with("Model"))
      refuseClass(spec.className, c.modelType);
    else if ((base / "pooler").hasAny())
      pooler_.emplace(base / "pooler.dense", c.layer.hidden, c.layer.hidden,
                      nn::Linear::Bias::kRequired);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    // Its processor makes a mask, which the reference passes over too.
    checkInputs(inputs, {"pixel_values", "pixel_mask"});
    const VitConfig& c = vit_.config();
    const at::Tensor pixels = requireImages(inputs, c.embedding.channels);
    std::function<at::Tensor(std::size_t, const at::Tensor&)> after;
    if (mid_.defined())
      after = [&c, mid = mid_.forGrid(patchGrid(pixels, c.embedding.patch))](std::size_t layer,
                                                                             const at::Tensor& x) {
        const auto index = static_cast<std::int64_t>(layer);
        return index + 1 < c.layers ? x + mid[index] : x;
      };
    const at::Tensor hidden = norm_(vit_.forward({.pixels = pixels}, observer, after));
    TensorMap outputs{{"last_hidden_state", hidden}};
    if (pooler_) outputs["pooler_output"] = at::tanh((*pooler_)(hidden.select(1, 0)));
    if (!heads_) return outputs;
    const at::Tensor found = hidden.slice(1, -c.embedding.detectionTokens).contiguous();
    outputs["logits"] = heads_->classes(found);
    outputs["pred_boxes"] = at::sigmoid(heads_->boxes(found));
    return outputs;
  }

 private:
  Vit vit_;
  nn::LayerNorm norm_;
  MidPositions mid_;
  std::optional<nn::Linear> pooler_;
  std::optional<DetectionHeads> heads_;
};

}  // namespace

std::unique_ptr<Model> makeYolos(const ModelSpec& spec) {
  const VitConfig c = VitConfig::read(spec.config);
  return std::make_unique<YolosModel>(spec, c, baseScope(spec.weights, {c.base}));
}

}  // namespace orrery::models::vision
