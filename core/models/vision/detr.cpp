#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/base/error.h"
#include "core/models/vision/backbone.h"
#include "core/models/vision/backbone_config.h"
#include "core/models/vision/detector_input.h"
#include "core/models/vision/detr_decoder.h"
#include "core/models/vision/detr_mask_head.h"
#include "core/models/vision/map_positions.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

/// Everything but the heads.
class Transformer {
 public:
  Transformer(const nn::Weights& w, const DetrConfig& c, const JsonField& config)
      : backbone_(makeBackbone(BackboneConfig(config).field(), w / "backbone.conv_encoder.model")),
        positions_(w / (c.normFirst ? "backbone.position_embedding" : "position_embedding"),
                   {.hidden = c.hidden, .learned = c.learnedPositions}),
        project_(w / "input_projection", backbone_->channels().back(), c.hidden, {}),
        queries_((w / "query_position_embeddings").tensor("weight", {c.queries, c.hidden})),
        decoder_(makeDetrDecoder(w / "decoder", c)) {
    const auto norms = c.normFirst ? EncoderLayer::Norms::kBefore : EncoderLayer::Norms::kAfter;
    for (std::int64_t i = 0; i < c.encoderLayers; ++i)
      layers_.emplace_back(w / "encoder.layers" / i, EncoderLayer::Sizes{.hidden = c.hidden,
                                                                         .heads = c.encoderHeads,
                                                                         .ffn = c.encoderFfn,
                                                                         .activation = c.activation,
                                                                         .norms = norms});
    if (c.normFirst) norm_ = nn::LayerNorm(w / "encoder.layernorm", c.hidden, 1e-5);
  }

  struct Output {
    std::vector<at::Tensor> maps;  ///< the backbone's
    at::Tensor projected;          ///< the last of them in the hidden size
    at::Tensor mask;               ///< [batch, rows, columns] of it
    at::Tensor encoded;            ///< [batch, rows * columns, hidden]
    DetrDecoded decoded;
  };
  Output forward(const DetectorInput& input, const nn::Observer* observer) const {
    Output out;
    out.maps = backbone_->forward(input.pixels, observer);
    out.mask = maskLike(input.mask, out.maps.back());
    out.projected = project_(out.maps.back());
    const DetrMemory place{{}, positions_(out.mask), nn::paddingMask(out.mask.flatten(1))};
    out.encoded = encode(out.projected.flatten(2).transpose(1, 2), place, observer);
    out.decoded = decoder_->forward({out.encoded, place.positions, place.mask}, queries_, observer);
    return out;
  }

  const std::vector<std::int64_t>& backboneChannels() const { return backbone_->channels(); }

 private:
  at::Tensor encode(at::Tensor x, const DetrMemory& place, const nn::Observer* observer) const {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      at::Tensor map;
      x = layers_[i](x, place.positions, place.mask, observer ? &map : nullptr);
      if (!observer) continue;
      (*observer)(fmt::format("encoder.layers.{}.attention", i), map);
      (*observer)(fmt::format("encoder.layers.{}.residual", i), x);
    }
    return norm_.defined() ? norm_(x) : x;
  }

  std::unique_ptr<Backbone> backbone_;
  MapPositions positions_;
  nn::Conv2d project_;
  at::Tensor queries_;
  std::vector<EncoderLayer> layers_;
  nn::LayerNorm norm_;
  std::unique_ptr<DetrDecoder> decoder_;
};

/// Classes and boxes of the queries.
class DetectionHead {
 public:
  DetectionHead() = default;
  DetectionHead(const nn::Weights& w, const DetrConfig& c)
      // The softmax of DETR has a class for no object, the sigmoids of Conditional DETR need none.
      : classes_(w / "class_labels_classifier", c.hidden, c.labels + (c.conditional ? 0 : 1),
                 Bias::kRequired),
        boxes_(w / "bbox_predictor", {c.hidden, c.hidden, 4, 3}) {}

  void addTo(TensorMap& outputs, const DetrDecoded& decoded) const {
    at::Tensor boxes = boxes_(decoded.last);
    if (decoded.references.defined()) {
      const at::Tensor middles = inverseSigmoid(decoded.references).transpose(0, 1);
      boxes = at::cat({boxes.slice(-1, 0, 2) + middles, boxes.slice(-1, 2, 4)}, -1);
    }
    outputs["logits"] = classes_(decoded.last);
    outputs["pred_boxes"] = at::sigmoid(boxes);
  }

 private:
  nn::Linear classes_;
  PredictionHead boxes_;
};

enum class Head { kNone, kBoxes, kMasks };

Head headOf(const ModelSpec& spec, bool canMask) {
  if (spec.className.ends_with("ForObjectDetection")) return Head::kBoxes;
  if (spec.className.ends_with("ForSegmentation") && canMask) return Head::kMasks;
  if (spec.className.ends_with("Model")) return Head::kNone;
  throw Error(ErrorKind::kUnsupported, "class {}: expected one of …Model, …ForObjectDetection{}",
              quoted(spec.className), canMask ? ", …ForSegmentation" : "");
}

class DetrModel : public Model {
 public:
  explicit DetrModel(const ModelSpec& spec)
      : config_(DetrConfig::read(spec.config)),
        head_(headOf(spec, !config_.normFirst)),
        // Masks are a model around the detector.
        transformer_(baseScope(spec.weights, {"detr.model", "model"}), config_, spec.config) {
    if (head_ == Head::kNone) return;
    detection_ = DetectionHead(baseScope(spec.weights, {"detr"}), config_);
    if (head_ == Head::kMasks)
      masks_.emplace(spec.weights,
                     DetrMaskHead::Sizes{config_.hidden, config_.encoderHeads, config_.activation,
                                         transformer_.backboneChannels()});
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    const auto out = transformer_.forward(detectorInput(inputs, config_.channels), observer);
    TensorMap result{{"last_hidden_state", out.decoded.last},
                     {"encoder_last_hidden_state", out.encoded}};
    if (head_ == Head::kNone) {
      if (config_.auxiliary) result["intermediate_hidden_states"] = out.decoded.intermediate;
      if (config_.conditional) result["reference_points"] = out.decoded.references;
      return result;
    }
    detection_.addTo(result, out.decoded);
    if (masks_)
      result["pred_masks"] =
          (*masks_)({.queries = out.decoded.last,
                     .memory = out.encoded.transpose(1, 2).reshape_as(out.projected),
                     .mask = out.mask,
                     .projected = out.projected,
                     .maps = out.maps});
    return result;
  }

 private:
  DetrConfig config_;
  Head head_;
  Transformer transformer_;
  DetectionHead detection_;
  std::optional<DetrMaskHead> masks_;
};

}  // namespace

std::unique_ptr<Model> makeDetr(const ModelSpec& spec) {
  return std::make_unique<DetrModel>(spec);
}

}  // namespace orrery::models::vision
