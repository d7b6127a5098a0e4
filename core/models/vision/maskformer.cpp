#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/vision/backbone.h"
#include "core/models/vision/detr_decoder.h"
#include "core/models/vision/mask_head.h"
#include "core/models/vision/pixel_decoder.h"
#include "core/models/vision/segmenter_input.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

/// A feature pyramid: each finer map is added to the coarser ones before it.
class Pyramid {
 public:
  Pyramid(const nn::Weights& w, const MaskFormerConfig& c,
          const std::vector<std::int64_t>& channels)
      : stem_(w / "fpn.stem",
              {.in = channels.back(), .out = c.features, .kernel = 3, .relu = true}),
        maskProjection_(w / "mask_projection", c.features, c.maskFeatures,
                        nn::ConvolutionOptions::same(3)) {
    for (std::size_t i = channels.size() - 1; i-- > 0;) {
      const nn::Weights layer =
          w / "fpn.layers" / static_cast<std::int64_t>(channels.size() - 2 - i);
      layers_.push_back(
          {ConvGroupNorm(layer / "proj", {.in = channels[i], .out = c.features}),
           ConvGroupNorm(layer / "block",
                         {.in = c.features, .out = c.features, .kernel = 3, .relu = true})});
    }
  }

  /// → [batch, mask features, height, width] of the finest map.
  at::Tensor operator()(const std::vector<at::Tensor>& maps) const {
    at::Tensor x = stem_(maps.back());
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const at::Tensor left = layers_[i].lateral(maps[maps.size() - 2 - i]);
      x = layers_[i].out(at::upsample_nearest2d(x, left.sizes().slice(2)) + left);
    }
    return maskProjection_(x);
  }

 private:
  struct Layer {
    ConvGroupNorm lateral, out;
  };
  ConvGroupNorm stem_;
  std::vector<Layer> layers_;  ///< the coarsest first
  nn::Conv2d maskProjection_;
};

/// Whatever stages a config with a Swin asks for, MaskFormer looks at all four.
std::unique_ptr<Backbone> backboneOf(const JsonField& config, const nn::Weights& weights) {
  const JsonField backbone = config["backbone_config"];
  Json changed = backbone.json();
  if (backbone.require<std::string>("model_type") == "swin")
    changed["out_features"] = {"stage1", "stage2", "stage3", "stage4"};
  return makeBackbone(JsonField(changed, backbone.name()), weights);
}

class MaskFormer : public Model {
 public:
  MaskFormer(const ModelSpec& spec, const MaskFormerConfig& c)
      : MaskFormer(spec, c, baseScope(spec.weights, {"model"})) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    const auto features = backbone_->forward(segmenterPixels(inputs), observer);
    const at::Tensor& coarsest = features.back();
    const at::Tensor pixels = pyramid_(features);
    const at::Tensor map = project_.defined() ? project_(coarsest) : coarsest;
    const at::Tensor shown = at::ones({map.size(0), map.size(2), map.size(3)}, at::kBool);
    const DetrMemory memory{
        map.flatten(2).transpose(1, 2), sinePositions(shown, map.size(1) / 2), {}};
    const at::Tensor queries = decoder_->forward(memory, queries_, observer).last;
    TensorMap outputs{{"encoder_last_hidden_state", coarsest},
                      {"pixel_decoder_last_hidden_state", pixels},
                      {"transformer_decoder_last_hidden_state", queries}};
    if (!head_) return outputs;
    outputs["class_queries_logits"] = score_(queries);
    outputs["masks_queries_logits"] = maskHead_.masks(queries, pixels);
    return outputs;
  }

 private:
  MaskFormer(const ModelSpec& spec, const MaskFormerConfig& c, const nn::Weights& w)
      : head_(spec.className.ends_with("ForInstanceSegmentation")),
        backbone_(backboneOf(spec.config, w / "pixel_level_module.encoder")),
        pyramid_(w / "pixel_level_module.decoder", c, backbone_->channels()),
        queries_((w / "transformer_module.queries_embedder")
                     .tensor("weight", {c.decoder.queries, c.decoder.hidden})),
        decoder_(makeDetrDecoder(w / "transformer_module.decoder", c.decoder)) {
    const std::int64_t hidden = c.decoder.hidden, coarsest = backbone_->channels().back();
    if (coarsest != hidden)
      project_ = nn::Conv2d(w / "transformer_module.input_projection", coarsest, hidden, {});
    if (!head_) return;
    score_ = nn::Linear(spec.weights / "class_predictor", hidden, c.labels + 1,
                        nn::Linear::Bias::kRequired);
    maskHead_ = MaskHead(spec.weights / "mask_embedder", {hidden, hidden, c.maskFeatures, 3});
  }

  bool head_;
  std::unique_ptr<Backbone> backbone_;
  Pyramid pyramid_;
  nn::Conv2d project_;
  at::Tensor queries_;  ///< [queries, hidden]
  std::unique_ptr<DetrDecoder> decoder_;
  nn::Linear score_;
  MaskHead maskHead_;
};

}  // namespace

std::unique_ptr<Model> makeMaskFormer(const ModelSpec& spec) {
  if (!spec.className.ends_with("ForInstanceSegmentation") && !spec.className.ends_with("Model"))
    throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of maskformer",
                quoted(spec.className));
  return std::make_unique<MaskFormer>(spec, MaskFormerConfig::read(spec.config));
}

}  // namespace orrery::models::vision
