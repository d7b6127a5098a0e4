#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/base/error.h"
#include "core/models/vision/backbone.h"
#include "core/models/vision/mask_transformer.h"
#include "core/models/vision/segmenter_input.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

/// Makes the queries for a task: they look at each other and at the picture's pixels.
class QueryLayer {
 public:
  QueryLayer(const nn::Weights& w, const Mask2FormerConfig& c)
      : preNorm_(c.preNorm),
        self_(w / "self_attn", c.hidden, c.heads),
        cross_(w / "multihead_attn", c.hidden, c.heads),
        selfNorm_(w / "norm1", c.hidden, c.normEps),
        crossNorm_(w / "norm2", c.hidden, c.normEps),
        finalNorm_(w / "norm3", c.hidden, c.normEps),
        up_(w / "linear1", c.hidden, c.ffn, Bias::kRequired),
        down_(w / "linear2", c.ffn, c.hidden, Bias::kRequired) {}

  /// x and its positions [batch, queries, hidden], keys and values [batch, pixels, hidden].
  at::Tensor operator()(at::Tensor x, const at::Tensor& positions, const at::Tensor& keys,
                        const at::Tensor& values) const {
    const auto self = [&](const at::Tensor& at) {
      return self_(at + positions, at + positions, at);
    };
    const auto look = [&](const at::Tensor& at) { return cross_(at + positions, keys, values); };
    const auto feed = [&](const at::Tensor& at) { return down_(at::relu(up_(at))); };
    if (preNorm_) {
      x = x + self(selfNorm_(x));
      x = x + look(crossNorm_(x));
      return x + feed(finalNorm_(x));
    }
    x = selfNorm_(x + self(x));
    x = crossNorm_(x + look(x));
    return finalNorm_(x + feed(x));
  }

 private:
  bool preNorm_;
  nn::MultiheadAttention self_, cross_;
  nn::LayerNorm selfNorm_, crossNorm_, finalNorm_;
  nn::Linear up_, down_;
};

/// OneFormer: a text names the task, and the queries follow it.
class OneFormer : public Model {
 public:
  OneFormer(const ModelSpec& spec, const Mask2FormerConfig& c)
      : OneFormer(spec, c, baseScope(spec.weights, {"model"})) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    const at::Tensor images = segmenterPixels(inputs, {"task_inputs"});
    const at::Tensor task = task_.embed(taskOf(inputs, images.size(0)));  // [batch, hidden]
    const auto features = backbone_->forward(images, observer);
    const auto pixels = pixels_.forward(features);
    const at::Tensor queries = makeQueries(task.unsqueeze(1), pixels.maskFeatures);
    const auto decoded = transformer_.forward({.queries = queries,
                                               .positions = positions_.expand_as(queries),
                                               .pixels = pixels,
                                               .allMasks = config_.auxiliary,
                                               .observer = observer});
    TensorMap outputs{{"task_token", task},
                      {"transformer_decoder_object_queries", decoded.last},
                      {"transformer_decoder_contrastive_queries", queries}};
    addPredictions(outputs, decoded.predictions);
    if (head_ && config_.auxiliary) addHiddenStates(outputs, features, pixels);
    return outputs;
  }

 private:
  OneFormer(const ModelSpec& spec, const Mask2FormerConfig& c, const nn::Weights& w)
      : config_(c),
        head_(spec.className.ends_with("ForUniversalSegmentation")),
        backbone_(makeBackbone(spec.config["backbone_config"], w / "pixel_level_module.encoder")),
        pixels_(w / "pixel_level_module.decoder", c.pixels, backbone_->channels()),
        transformer_(w / "transformer_module", c, /*oneFormer=*/true),
        task_(w / "task_encoder.task_mlp.layers", {c.taskLength, c.hidden, c.hidden, 2}) {
    const nn::Weights module = w / "transformer_module";
    const nn::Weights decoder = module / "decoder", query = decoder / "query_transformer.decoder";
    positions_ = (module / "queries_embedder").tensor("weight", {c.queries + 1, c.hidden});
    for (std::int64_t i = 0; i < c.queryLayers; ++i)
      queryLayers_.emplace_back(query / "layers" / i, c);
    queryNorm_ = nn::LayerNorm(query / "norm", c.hidden, c.normEps);
    pixelKeys_ = nn::Conv2d(decoder / "query_input_projection", c.pixels.features, c.hidden, {});
    score_ = nn::Linear(decoder / "class_embed", c.hidden, c.labels + 1, Bias::kRequired);
    // What reads the texts that it is trained with.
    for (const auto& name : (w / "text_mapper").leftOver()) spec.weights.ignore(name);
  }

  at::Tensor taskOf(const TensorMap& inputs, std::int64_t batch) const {
    const at::Tensor task = requireInput(inputs, "task_inputs");
    const nn::Shape expected{batch, config_.taskLength};
    if (task.sizes() != at::IntArrayRef(expected))
      throw Error(ErrorKind::kInvalidInput, "expected shape {}, found {}", nn::shapeText(expected),
                  nn::shapeText(task.sizes().vec()))
          .in("input \"task_inputs\"");
    return task.to(at::kFloat);
  }

  /// task [batch, 1, hidden] → [batch, queries + 1, hidden], the last of which is the task.
  at::Tensor makeQueries(at::Tensor task, const at::Tensor& maskFeatures) const {
    if (config_.taskNorm) task = transformer_.norm(task);
    const std::vector<std::int64_t> shape{task.size(0), config_.queries, config_.hidden};
    const at::Tensor positions = positions_.narrow(0, 0, config_.queries);
    const at::Tensor keys = pixelKeys_(maskFeatures).flatten(2).transpose(1, 2);
    const at::Tensor shown = at::ones({1, maskFeatures.size(2), maskFeatures.size(3)}, at::kBool);
    const at::Tensor values = sinePositions(shown, config_.hidden / 2).expand_as(keys);
    at::Tensor x = config_.taskNorm ? task.expand(shape) : at::zeros(shape, at::kFloat);
    for (const auto& layer : queryLayers_) x = layer(x, positions, values + keys, values);
    return at::cat({queryNorm_(x), task}, 1);
  }

  void addPredictions(TensorMap& outputs,
                      const std::vector<MaskTransformer::Prediction>& all) const {
    const at::Tensor classes = score_(all.back().states), masks = all.back().masks;
    outputs["transformer_decoder_class_predictions"] = classes;
    outputs["transformer_decoder_mask_predictions"] = masks;
    if (head_) {
      outputs["class_queries_logits"] = classes;
      outputs["masks_queries_logits"] = masks;
    }
    if (!config_.auxiliary) return;
    const auto add = [&](std::string_view name) {
      for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        outputs[fmt::format("{}.{}.class_queries_logits", name, i)] = score_(all[i].states);
        outputs[fmt::format("{}.{}.masks_queries_logits", name, i)] = all[i].masks;
      }
    };
    add("transformer_decoder_auxiliary_predictions");
    if (head_) add("transformer_decoder_hidden_states");
    if (head_ && config_.auxiliaryOutputs) add("auxiliary_predictions");
  }

  static void addHiddenStates(TensorMap& outputs, const std::vector<at::Tensor>& features,
                              const PixelDecoder::Output& pixels) {
    for (std::size_t i = 0; i < features.size(); ++i)
      outputs[fmt::format("encoder_hidden_states.{}", i)] = features[i];
    outputs["pixel_decoder_hidden_states.0"] = pixels.maskFeatures;
    for (std::size_t i = 0; i < pixels.levels.size(); ++i)
      outputs[fmt::format("pixel_decoder_hidden_states.{}", i + 1)] = pixels.levels[i];
  }

  Mask2FormerConfig config_;
  bool head_;
  std::unique_ptr<Backbone> backbone_;
  PixelDecoder pixels_;
  MaskTransformer transformer_;
  MaskHead task_;
  at::Tensor positions_;  ///< [queries + 1, hidden]
  std::vector<QueryLayer> queryLayers_;
  nn::LayerNorm queryNorm_;
  nn::Conv2d pixelKeys_;
  nn::Linear score_;
};

}  // namespace

std::unique_ptr<Model> makeOneFormer(const ModelSpec& spec) {
  if (!spec.className.ends_with("ForUniversalSegmentation") && !spec.className.ends_with("Model"))
    throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of oneformer",
                quoted(spec.className));
  return std::make_unique<OneFormer>(spec, Mask2FormerConfig::read(spec.config));
}

}  // namespace orrery::models::vision
