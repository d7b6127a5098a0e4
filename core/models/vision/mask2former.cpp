#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/base/error.h"
#include "core/models/vision/backbone.h"
#include "core/models/vision/mask_transformer.h"
#include "core/models/vision/segmenter_input.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

class Mask2Former : public Model {
 public:
  Mask2Former(const ModelSpec& spec, const Mask2FormerConfig& c)
      : Mask2Former(spec, c, baseScope(spec.weights, {"model"})) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    const at::Tensor images = segmenterPixels(inputs);
    const std::int64_t batch = images.size(0);
    const auto features = backbone_->forward(images, observer);
    const auto pixels = pixels_.forward(features);
    const auto decoded = transformer_.forward({.queries = queries_.expand({batch, -1, -1}),
                                               .positions = positions_.expand({batch, -1, -1}),
                                               .pixels = pixels,
                                               .allMasks = !head_ || config_.auxiliaryOutputs,
                                               .observer = observer});
    TensorMap outputs{
        {"encoder_last_hidden_state", features.back()},
        {"pixel_decoder_last_hidden_state", pixels.maskFeatures},
        {"transformer_decoder_last_hidden_state", decoded.last},
    };
    if (head_)
      addHead(outputs, decoded.predictions);
    else
      for (std::size_t i = 0; i < decoded.predictions.size(); ++i)
        outputs[fmt::format("masks_queries_logits.{}", i)] = decoded.predictions[i].masks;
    return outputs;
  }

 private:
  Mask2Former(const ModelSpec& spec, const Mask2FormerConfig& c, const nn::Weights& w)
      : config_(c),
        head_(spec.className.ends_with("ForUniversalSegmentation")),
        backbone_(makeBackbone(spec.config["backbone_config"], w / "pixel_level_module.encoder")),
        pixels_(w / "pixel_level_module.decoder", c.pixels, backbone_->channels()),
        transformer_(w / "transformer_module", c, /*oneFormer=*/false),
        queries_(table(w, "queries_features", c)),
        positions_(table(w, "queries_embedder", c)) {
    if (head_)
      score_ = nn::Linear(spec.weights / "class_predictor", c.hidden, c.labels + 1,
                          nn::Linear::Bias::kRequired);
  }

  static at::Tensor table(const nn::Weights& w, const char* name, const Mask2FormerConfig& c) {
    return (w / "transformer_module" / name).tensor("weight", {c.queries, c.hidden});
  }

  void addHead(TensorMap& outputs, const std::vector<MaskTransformer::Prediction>& all) const {
    outputs["class_queries_logits"] = score_(all.back().states);
    outputs["masks_queries_logits"] = all.back().masks;
    if (!config_.auxiliaryOutputs) return;
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      outputs[fmt::format("auxiliary_logits.{}.class_queries_logits", i)] = score_(all[i].states);
      outputs[fmt::format("auxiliary_logits.{}.masks_queries_logits", i)] = all[i].masks;
    }
  }

  Mask2FormerConfig config_;
  bool head_;
  std::unique_ptr<Backbone> backbone_;
  PixelDecoder pixels_;
  MaskTransformer transformer_;
  at::Tensor queries_, positions_;  ///< [queries, hidden]
  nn::Linear score_;
};

}  // namespace

std::unique_ptr<Model> makeMask2Former(const ModelSpec& spec) {
  if (!spec.className.ends_with("ForUniversalSegmentation") && !spec.className.ends_with("Model"))
    throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of mask2former",
                quoted(spec.className));
  return std::make_unique<Mask2Former>(spec, Mask2FormerConfig::read(spec.config));
}

}  // namespace orrery::models::vision
