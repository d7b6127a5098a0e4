#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/models/vision/backbone.h"
#include "core/models/vision/deformable_layers.h"
#include "core/models/vision/detector_input.h"
#include "core/models/vision/rt_detr_encoder.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

/// Backbone and encoder: a picture as feature maps in the decoder's size.
class Pyramid {
 public:
  Pyramid(const nn::Weights& w, const RtDetrConfig& c, const JsonField& config)
      : backbone_(makeBackbone(config["backbone_config"], w / "backbone.model")),
        encoder_(w / "encoder", c) {
    const auto& channels = backbone_->channels();
    if (channels.size() != c.encoderChannels.size())
      throw config["encoder_in_channels"].error(fmt::format(
          "names {} maps, but the backbone gives {}", c.encoderChannels.size(), channels.size()));
    for (std::size_t i = 0; i < channels.size(); ++i)
      encoderIn_.push_back(convNorm(w / "encoder_input_proj" / static_cast<std::int64_t>(i),
                                    channels[i], c.encoderDim, {.convolution = "0", .norm = "1"}));
    for (std::int64_t i = 0; i < c.levels; ++i) {
      const auto own = std::ssize(c.decoderChannels);
      const bool coarser = i >= own;  // made from the last
      const std::int64_t in = i > own   ? c.hidden
                              : coarser ? c.decoderChannels.back()
                                        : c.decoderChannels[static_cast<std::size_t>(i)];
      decoderIn_.push_back(convNorm(w / "decoder_input_proj" / i, in, c.hidden,
                                    {.kernel = coarser ? 3 : 1,
                                     .stride = coarser ? 2 : 1,
                                     .eps = c.batchNormEps,
                                     .convolution = "0",
                                     .norm = "1"}));
    }
  }

  struct Maps {
    std::vector<at::Tensor> encoded, levels;
  };
  Maps operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    std::vector<at::Tensor> maps = backbone_->forward(pixels, observer);
    for (std::size_t i = 0; i < maps.size(); ++i) maps[i] = encoderIn_[i](maps[i]);
    Maps result{encoder_(std::move(maps), observer), {}};
    for (std::size_t i = 0; i < decoderIn_.size(); ++i)
      result.levels.push_back(
          decoderIn_[i](result.encoded[std::min(i, result.encoded.size() - 1)]));
    return result;
  }

 private:
  std::unique_ptr<Backbone> backbone_;
  std::vector<nn::ConvBatchNorm2d> encoderIn_, decoderIn_;
  RtDetrEncoder encoder_;
};

/// Chooses the places that the decoder's queries begin with.
class PlaceHead {
 public:
  PlaceHead(const nn::Weights& w, const RtDetrConfig& c)
      : queries_(c.queries),
        out_(w / "enc_output.0", c.hidden, c.hidden, Bias::kRequired),
        norm_(w / "enc_output.1", c.hidden, c.layerNormEps),
        classes_(w / "enc_score_head", c.hidden, c.labels, Bias::kRequired),
        boxes_(w / "enc_bbox_head", {c.hidden, c.hidden, 4, 3}) {}

  struct Choice {
    at::Tensor queries;               ///< [batch, queries, hidden]
    at::Tensor boxes, classes;        ///< of these, before the sigmoid
    at::Tensor allBoxes, allClasses;  ///< of every place
  };
  Choice operator()(const nn::FeatureLevels& features) const {
    if (features.values.size(1) < queries_)
      throw Error(ErrorKind::kInvalidInput,
                  "the picture has {} places; this model needs {} to begin with",
                  features.values.size(1), queries_);
    const auto [anchors, valid] = anchorsOf(features);
    const at::Tensor memory = norm_(out_(features.values * valid));
    Choice choice;
    choice.allClasses = classes_(memory);
    choice.allBoxes = boxes_(memory) + anchors;
    const at::Tensor best =
        std::get<1>(at::topk(std::get<0>(choice.allClasses.max(-1)), queries_, 1)).unsqueeze(-1);
    const auto chosen = [&](const at::Tensor& x) {
      return x.gather(1, best.expand({-1, -1, x.size(-1)}));
    };
    choice.boxes = chosen(choice.allBoxes);
    choice.classes = chosen(choice.allClasses);
    choice.queries = chosen(memory);
    return choice;
  }

 private:
  /// A box at every place [1, places, 4], before the sigmoid, and 1 where it is one [1, places, 1].
  static std::pair<at::Tensor, at::Tensor> anchorsOf(const nn::FeatureLevels& features) {
    std::vector<at::Tensor> levels;
    for (std::size_t i = 0; i < features.sizes.size(); ++i) {
      const auto [rows, columns] = features.sizes[i];
      const at::Tensor middles =
          middlesOf(features.sizes[i]) /
          at::tensor({static_cast<float>(columns), static_cast<float>(rows)});
      const double side = 0.05 * std::pow(2., static_cast<double>(i));
      levels.push_back(at::cat({middles, at::full_like(middles, side)}, -1));
    }
    const at::Tensor boxes = at::cat(levels).unsqueeze(0);
    const at::Tensor valid = boxes.gt(0.01).logical_and(boxes.lt(0.99)).all(-1, true);
    return {at::where(valid, at::log(boxes / (1 - boxes)),
                      at::scalar_tensor(std::numeric_limits<float>::max())),
            valid.to(at::kFloat)};
  }

  std::int64_t queries_;
  nn::Linear out_;
  nn::LayerNorm norm_;
  nn::Linear classes_;
  PredictionHead boxes_;
};

/// The heads after each decoder layer.
struct Heads {
  Heads(const nn::Weights& w, const RtDetrConfig& c) {
    for (std::int64_t i = 0; i < c.decoderLayers; ++i) {
      classes.emplace_back(w / "class_embed" / i, c.hidden, c.labels, Bias::kRequired);
      boxes.emplace_back(w / "bbox_embed" / i, PredictionHead::Sizes{c.hidden, c.hidden, 4, 3});
    }
  }
  std::vector<nn::Linear> classes;
  std::vector<PredictionHead> boxes;
};

class RtDetrModel : public Model {
 public:
  explicit RtDetrModel(const ModelSpec& spec)
      : RtDetrModel(spec, RtDetrConfig::read(spec.config), baseScope(spec.weights, {"model"})) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    // Padding is not hidden from this model: its mask is checked and changes nothing.
    const auto maps = pyramid_(detectorInput(inputs, 0).pixels, observer);
    const nn::FeatureLevels features = flattenLevels(maps.levels);
    const auto choice = places_(features);
    TensorMap outputs{{"init_reference_points", choice.boxes},
                      {"enc_topk_logits", choice.classes},
                      {"enc_topk_bboxes", at::sigmoid(choice.boxes)},
                      {"enc_outputs_class", choice.allClasses},
                      {"enc_outputs_coord_logits", choice.allBoxes}};
    for (std::size_t i = 0; i < maps.encoded.size(); ++i)
      outputs[fmt::format("encoder_last_hidden_state.{}", i)] = maps.encoded[i];
    decode(features, choice, observer, outputs);
    return outputs;
  }

 private:
  RtDetrModel(const ModelSpec& spec, const RtDetrConfig& c, const nn::Weights& w)
      : pyramid_(w, c, spec.config),
        places_(w, c),
        queryPlace_(w / "decoder.query_pos_head", {4, 2 * c.hidden, c.hidden, 2}) {
    const DeformableSizes sizes{c.hidden, c.decoderHeads,      c.decoderFfn,  c.levels,
                                c.points, c.decoderActivation, c.layerNormEps};
    for (std::int64_t i = 0; i < c.decoderLayers; ++i)
      decoder_.emplace_back(w / "decoder.layers" / i, sizes);
    if (spec.className == "RTDetrForObjectDetection")
      heads_.emplace(w / "decoder", c);
    else if (spec.className != "RTDetrModel")
      throw Error(ErrorKind::kUnsupported,
                  "class {}: expected RTDetrModel or RTDetrForObjectDetection",
                  quoted(spec.className));
  }

  void decode(const nn::FeatureLevels& features, const PlaceHead::Choice& choice,
              const nn::Observer* observer, TensorMap& outputs) const {
    at::Tensor x = choice.queries, boxes = at::sigmoid(choice.boxes);
    std::vector<at::Tensor> states, places, scores;
    for (std::size_t i = 0; i < decoder_.size(); ++i) {
      at::Tensor map;
      x = decoder_[i](x, queryPlace_(boxes), boxes.unsqueeze(2), features,
                      observer ? &map : nullptr);
      tellDecoderLayer(observer, i, map, x);
      states.push_back(x);
      if (heads_) {
        boxes = at::sigmoid(heads_->boxes[i](x) + inverseSigmoid(boxes));
        scores.push_back(heads_->classes[i](x));
      }
      places.push_back(boxes);
    }
    outputs["last_hidden_state"] = x;
    outputs["intermediate_hidden_states"] = at::stack(states, 1);
    outputs["intermediate_reference_points"] = at::stack(places, 1);
    if (!heads_) return;
    outputs["intermediate_logits"] = at::stack(scores, 1);
    outputs["logits"] = scores.back();
    outputs["pred_boxes"] = boxes;
  }

  Pyramid pyramid_;
  PlaceHead places_;
  PredictionHead queryPlace_;
  std::vector<DeformableDecoderLayer> decoder_;
  std::optional<Heads> heads_;
};

}  // namespace

std::unique_ptr<Model> makeRtDetr(const ModelSpec& spec) {
  return std::make_unique<RtDetrModel>(spec);
}

}  // namespace orrery::models::vision
