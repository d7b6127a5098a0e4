#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/models/vision/backbone.h"
#include "core/models/vision/backbone_config.h"
#include "core/models/vision/deformable_detr_config.h"
#include "core/models/vision/deformable_layers.h"
#include "core/models/vision/detector_input.h"
#include "core/models/vision/map_positions.h"
#include "core/models/vision/vision_families.h"
#include "core/nn/convolution.h"

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

/// The backbone's maps and coarser ones made from its last, in one hidden size.
class Pyramid {
 public:
  Pyramid(const nn::Weights& w, const DeformableDetrConfig& c, const JsonField& config)
      : backbone_(makeBackbone(BackboneConfig(config).field(), w / "backbone.conv_encoder.model")) {
    constexpr std::int64_t kGroups = 32;
    const auto& channels = backbone_->channels();
    if (std::ssize(channels) > c.levels)
      throw config["num_feature_levels"].error(
          fmt::format("is {}, but the backbone gives {} maps", c.levels, channels.size()));
    for (std::int64_t i = 0; i < c.levels; ++i) {
      const bool own = i < std::ssize(channels);
      const bool first = i == std::ssize(channels);
      const std::int64_t in = own     ? channels[static_cast<std::size_t>(i)]
                              : first ? channels.back()
                                      : c.hidden;
      const nn::Weights scope = w / "input_proj" / i;
      project_.emplace_back(scope / 0, in, c.hidden,
                            own ? nn::ConvolutionOptions{} : nn::ConvolutionOptions::same(3, 2));
      norms_.emplace_back(scope / 1, kGroups, c.hidden);
    }
  }

  std::vector<at::Tensor> operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    const auto maps = backbone_->forward(pixels, observer);
    std::vector<at::Tensor> levels;
    for (std::size_t i = 0; i < project_.size(); ++i) {
      const at::Tensor& from = i < maps.size()    ? maps[i]
                               : i == maps.size() ? maps.back()
                                                  : levels.back();
      levels.push_back(norms_[i](project_[i](from)));
    }
    return levels;
  }

 private:
  std::unique_ptr<Backbone> backbone_;
  std::vector<nn::Conv2d> project_;
  std::vector<nn::GroupNorm> norms_;
};

/// Classes and boxes after each decoder layer and, with two stages, after the encoder.
struct Heads {
  Heads(const nn::Weights& root, const DeformableDetrConfig& c) {
    for (std::int64_t i = 0; i < c.decoderLayers + (c.twoStage ? 1 : 0); ++i) {
      classes.emplace_back(scope(root, "class_embed", i), c.hidden, c.labels, Bias::kRequired);
      boxes.emplace_back(scope(root, "bbox_embed", i),
                         PredictionHead::Sizes{c.hidden, c.hidden, 4, 3});
    }
    // Files that have them under both names have the same twice.
    for (const char* name : {"class_embed", "bbox_embed"})
      for (const auto& copy : (root / "model.decoder" / name).leftOver()) root.ignore(copy);
  }
  /// Heads that are the same in all layers are in the file once.
  static nn::Weights scope(const nn::Weights& root, const char* name, std::int64_t index) {
    const nn::Weights own = root / name, shared = root / "model.decoder" / name;
    for (const nn::Weights& place : {own / index, shared / index, own / 0, shared / 0})
      if (place.hasAny()) return place;
    return own / index;
  }

  std::vector<nn::Linear> classes;
  std::vector<PredictionHead> boxes;
};

/// A box as the head's numbers say relative to `reference` [..., 2 or 4].
at::Tensor boxAt(const at::Tensor& delta, const at::Tensor& reference) {
  const at::Tensor origin = inverseSigmoid(reference);
  if (origin.size(-1) == 4) return at::sigmoid(delta + origin);
  return at::sigmoid(at::cat({delta.slice(-1, 0, 2) + origin, delta.slice(-1, 2, 4)}, -1));
}

/// What encoder and decoder look at.
struct Memory {
  nn::FeatureLevels features;
  at::Tensor positions;    ///< [batch, places, hidden]
  at::Tensor validRatios;  ///< [batch, levels, 2]: the share of the picture in width and height
};

/// What the decoder starts with.
struct Queries {
  at::Tensor values, positions;     ///< [batch, queries, hidden]
  at::Tensor references;            ///< [batch, queries, 2 or 4]
  at::Tensor allClasses, allBoxes;  ///< of every place, with two stages
};

/// Queries that are learned, or the best places that the encoder found.
class QueryMaker {
 public:
  QueryMaker(const nn::Weights& w, const DeformableDetrConfig& c) : config_(c) {
    if (!c.twoStage) {
      learned_ = (w / "query_position_embeddings").tensor("weight", {c.queries, 2 * c.hidden});
      references_ = nn::Linear(w / "reference_points", c.hidden, 2, Bias::kRequired);
      return;
    }
    out_ = nn::Linear(w / "enc_output", c.hidden, c.hidden, Bias::kRequired);
    outNorm_ = nn::LayerNorm(w / "enc_output_norm", c.hidden, 1e-5);
    place_ = nn::Linear(w / "pos_trans", 2 * c.hidden, 2 * c.hidden, Bias::kRequired);
    placeNorm_ = nn::LayerNorm(w / "pos_trans_norm", 2 * c.hidden, 1e-5);
  }

  Queries operator()(const Memory& memory, const Heads* heads) const {
    if (config_.twoStage) return best(memory, *heads);
    const auto halves = learned_.expand({memory.features.values.size(0), -1, -1}).chunk(2, -1);
    return {halves[1], halves[0], at::sigmoid(references_(halves[0])), {}, {}};
  }

 private:
  /// A box at every place, [batch, places, 4] before the sigmoid; infinite where none can be.
  static at::Tensor proposals(const Memory& memory) {
    const std::int64_t batch = memory.features.values.size(0);
    std::vector<at::Tensor> levels;
    for (std::size_t i = 0; i < memory.features.sizes.size(); ++i) {
      const auto [rows, columns] = memory.features.sizes[i];
      const at::Tensor shown = memory.validRatios.select(1, static_cast<std::int64_t>(i)) *
                               at::tensor({static_cast<float>(columns), static_cast<float>(rows)});
      const at::Tensor middles =
          middlesOf(memory.features.sizes[i]).unsqueeze(0) / shown.view({batch, 1, 2});
      const double side = 0.05 * std::pow(2., static_cast<double>(i));
      levels.push_back(at::cat({middles, at::full_like(middles, side)}, -1));
    }
    const at::Tensor boxes = at::cat(levels, 1);
    const at::Tensor good = boxes.gt(0.01)
                                .logical_and(boxes.lt(0.99))
                                .all(-1, true)
                                .logical_and(memory.features.mask.unsqueeze(-1));
    return at::log(boxes / (1 - boxes))
        .masked_fill(good.logical_not(), std::numeric_limits<double>::infinity());
  }

  Queries best(const Memory& memory, const Heads& heads) const {
    const std::int64_t places = memory.features.values.size(1);
    if (places < config_.proposals)
      throw Error(ErrorKind::kInvalidInput,
                  "the picture has {} places; this model needs {} to begin with", places,
                  config_.proposals);
    const at::Tensor proposed = proposals(memory);
    const at::Tensor nowhere = proposed.isinf().any(-1, true);
    const at::Tensor found = outNorm_(out_(memory.features.values.masked_fill(nowhere, 0)));
    const at::Tensor classes = heads.classes.back()(found);
    const at::Tensor boxes = heads.boxes.back()(found) + proposed;
    const at::Tensor chosen =
        std::get<1>(at::topk(classes.select(-1, 0), config_.proposals, 1)).unsqueeze(-1);
    const at::Tensor references = at::sigmoid(boxes.gather(1, chosen.expand({-1, -1, 4})));
    const at::Tensor sine = sines(references * (2 * M_PI), config_.hidden / 2).flatten(2);
    const auto halves = placeNorm_(place_(sine)).chunk(2, -1);
    return {halves[1], halves[0], references, classes, boxes};
  }

  DeformableDetrConfig config_;
  at::Tensor learned_;
  nn::Linear references_, out_, place_;
  nn::LayerNorm outNorm_, placeNorm_;
};

class DeformableDetrModel : public Model {
 public:
  explicit DeformableDetrModel(const ModelSpec& spec)
      : DeformableDetrModel(spec, DeformableDetrConfig::read(spec.config),
                            baseScope(spec.weights, {"model"})) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override;

 private:
  DeformableDetrModel(const ModelSpec& spec, const DeformableDetrConfig& c, const nn::Weights& w);
  Memory look(const DetectorInput& input, const nn::Observer* observer) const;
  at::Tensor encode(const Memory& memory, const nn::Observer* observer) const;
  void decode(const Memory& memory, const Queries& queries, const nn::Observer* observer,
              TensorMap& outputs) const;

  DeformableDetrConfig config_;
  Pyramid pyramid_;
  MapPositions positions_;
  at::Tensor levelEmbeddings_;  ///< [levels, hidden]
  std::vector<DeformableEncoderLayer> encoder_;
  QueryMaker queries_;
  std::vector<DeformableDecoderLayer> decoder_;
  std::optional<Heads> heads_;
};

DeformableDetrModel::DeformableDetrModel(const ModelSpec& spec, const DeformableDetrConfig& c,
                                         const nn::Weights& w)
    : config_(c),
      pyramid_(w, c, spec.config),
      positions_(w / "position_embedding",
                 {.hidden = c.hidden, .learned = c.learnedPositions, .offset = 0.5}),
      levelEmbeddings_(w.tensor("level_embed", {c.levels, c.hidden})),
      queries_(w, c) {
  const DeformableSizes encoder{c.hidden, c.encoderHeads,  c.encoderFfn,
                                c.levels, c.encoderPoints, c.activation};
  const DeformableSizes decoder{c.hidden, c.decoderHeads,  c.decoderFfn,
                                c.levels, c.decoderPoints, c.activation};
  for (std::int64_t i = 0; i < c.encoderLayers; ++i)
    encoder_.emplace_back(w / "encoder.layers" / i, encoder);
  for (std::int64_t i = 0; i < c.decoderLayers; ++i)
    decoder_.emplace_back(w / "decoder.layers" / i, decoder);
  if (spec.className == "DeformableDetrForObjectDetection") {
    heads_.emplace(spec.weights, c);
  } else if (spec.className != "DeformableDetrModel") {
    throw Error(ErrorKind::kUnsupported,
                "class {}: expected DeformableDetrModel or DeformableDetrForObjectDetection",
                quoted(spec.className));
  } else if (c.twoStage) {
    throw spec.config["two_stage"].error(
        "true needs the class DeformableDetrForObjectDetection, whose heads choose the queries");
  }
}

Memory DeformableDetrModel::look(const DetectorInput& input, const nn::Observer* observer) const {
  const auto maps = pyramid_(input.pixels, observer);
  Memory memory{flattenLevels(maps), {}, {}};
  std::vector<at::Tensor> positions, masks, ratios;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const at::Tensor mask = maskLike(input.mask, maps[i]);
    const at::Tensor shown = mask.to(at::kFloat);
    positions.push_back(positions_(mask) + levelEmbeddings_[static_cast<std::int64_t>(i)]);
    masks.push_back(mask.flatten(1));
    ratios.push_back(at::stack({shown.select(1, 0).mean(1), shown.select(2, 0).mean(1)}, -1));
  }
  memory.positions = at::cat(positions, 1);
  memory.features.mask = at::cat(masks, 1);
  memory.validRatios = at::stack(ratios, 1);
  return memory;
}

at::Tensor DeformableDetrModel::encode(const Memory& memory, const nn::Observer* observer) const {
  std::vector<at::Tensor> levels;
  const auto& sizes = memory.features.sizes;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const at::Tensor shown =
        memory.validRatios.select(1, static_cast<std::int64_t>(i)) *
        at::tensor({static_cast<float>(sizes[i][1]), static_cast<float>(sizes[i][0])});
    levels.push_back(middlesOf(sizes[i]).unsqueeze(0) / shown.unsqueeze(1));
  }
  const at::Tensor references = at::cat(levels, 1).unsqueeze(2) * memory.validRatios.unsqueeze(1);
  nn::FeatureLevels features = memory.features;
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    features.values = encoder_[i](features, memory.positions, references);
    if (observer) (*observer)(fmt::format("encoder.layers.{}.residual", i), features.values);
  }
  return features.values;
}

void DeformableDetrModel::decode(const Memory& memory, const Queries& queries,
                                 const nn::Observer* observer, TensorMap& outputs) const {
  at::Tensor x = queries.values, references = queries.references, before;
  std::vector<at::Tensor> states, places;
  for (std::size_t i = 0; i < decoder_.size(); ++i) {
    const at::Tensor ratios = references.size(-1) == 4
                                  ? at::cat({memory.validRatios, memory.validRatios}, -1)
                                  : memory.validRatios;
    at::Tensor map;
    x = decoder_[i](x, queries.positions, references.unsqueeze(2) * ratios.unsqueeze(1),
                    memory.features, observer ? &map : nullptr);
    tellDecoderLayer(observer, i, map, x);
    before = references;
    if (heads_ && config_.refine) references = boxAt(heads_->boxes[i](x), references);
    states.push_back(x);
    places.push_back(references);
  }
  outputs["last_hidden_state"] = x;
  outputs["intermediate_hidden_states"] = at::stack(states, 1);
  outputs["intermediate_reference_points"] = at::stack(places, 1);
  if (!heads_) return;
  const std::size_t last = decoder_.size() - 1;
  outputs["logits"] = heads_->classes[last](x);
  outputs["pred_boxes"] = boxAt(heads_->boxes[last](x), before);
}

TensorMap DeformableDetrModel::forward(const TensorMap& inputs,
                                       const nn::Observer* observer) const {
  const at::NoGradGuard noGrad;
  Memory memory = look(detectorInput(inputs, config_.channels), observer);
  memory.features.values = encode(memory, observer);
  const Queries queries = queries_(memory, heads_ ? &*heads_ : nullptr);
  TensorMap outputs{{"encoder_last_hidden_state", memory.features.values},
                    {"init_reference_points", queries.references}};
  if (config_.twoStage) {
    outputs["enc_outputs_class"] = queries.allClasses;
    outputs["enc_outputs_coord_logits"] = queries.allBoxes;
  }
  decode(memory, queries, observer, outputs);
  return outputs;
}

}  // namespace

std::unique_ptr<Model> makeDeformableDetr(const ModelSpec& spec) {
  return std::make_unique<DeformableDetrModel>(spec);
}

}  // namespace orrery::models::vision
