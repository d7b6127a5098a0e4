#include "core/models/multimodal/blip2_compare.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/models/multimodal/qformer.h"
#include "core/models/multimodal/two_tower_model.h"

namespace orrery::models::multimodal {
namespace {

using nn::Linear;
using Bias = Linear::Bias;

at::Tensor unit(const at::Tensor& x) {
  return x / x.norm(2, -1, /*keepdim=*/true).clamp_min(1e-12);
}

/// The words of a text at their positions, as the Q-Former takes them.
class QFormerWords {
 public:
  QFormerWords(const nn::Weights& w, const JsonField& config, const QFormerConfig& c)
      : words_(w / "word_embeddings", c.encoder.vocab, c.encoder.hidden),
        positions_(w / "position_embeddings", c.encoder.maxPositions, c.encoder.hidden) {
    if (!c.readsText)
      throw config.error("qformer_config.use_qformer_text_input: expected true to read texts");
  }
  /// ids [batch, time] → [batch, time, hidden]; positions may be undefined.
  at::Tensor operator()(const at::Tensor& ids, at::Tensor positions = {}) const {
    if (!positions.defined()) positions = at::arange(ids.size(1), at::kLong).unsqueeze(0);
    return words_(ids) + positions_(positions.to(at::kLong));
  }

 private:
  nn::Embedding words_, positions_;
};

class Blip2Text : public Model {
 public:
  explicit Blip2Text(const ModelSpec& spec)
      : config_(Blip2Config::read(spec.config)),
        words_(spec.weights / "embeddings", spec.config, config_.qformer),
        qformer_(spec.weights, config_.qformer, /*withQueries=*/false),
        project_(spec.weights / "text_projection", config_.qformer.encoder.hidden,
                 config_.projection, Bias::kRequired) {
    spec.weights.ignore("query_tokens");
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer*) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_ids", "attention_mask", "position_ids"});
    const at::Tensor x =
        words_(requireInput(inputs, "input_ids").to(at::kLong), inputIf(inputs, "position_ids"));
    const at::Tensor hidden = qformer_.forward(x, 0, inputIf(inputs, "attention_mask"), {}).hidden;
    return {{"text_embeds", unit(project_(hidden))}, {"last_hidden_state", hidden}};
  }

 private:
  Blip2Config config_;
  QFormerWords words_;
  QFormer qformer_;
  Linear project_;
};

class Blip2Vision : public Model {
 public:
  explicit Blip2Vision(const ModelSpec& spec)
      : config_(Blip2Config::read(spec.config)),
        vision_(spec.weights / "vision_model", config_.vision),
        qformer_(spec.weights, config_.qformer),
        project_(spec.weights / "vision_projection", config_.qformer.encoder.hidden,
                 config_.projection, Bias::kRequired) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, vision_.inputNames());
    const at::Tensor seen = vision_.forward(inputs, observer).hidden;
    return {{"image_embeds", unit(project_(qformer_.look(seen).hidden))},
            {"last_hidden_state", seen}};
  }

 private:
  Blip2Config config_;
  VisionTower vision_;
  QFormer qformer_;
  Linear project_;
};

/// How well pictures and texts go together: by their projections, or by queries that see both.
class Blip2Retrieval : public Model {
 public:
  explicit Blip2Retrieval(const ModelSpec& spec)
      : config_(Blip2Config::read(spec.config)),
        vision_(spec.weights / "vision_model", config_.vision),
        words_(spec.weights / "embeddings", spec.config, config_.qformer),
        qformer_(spec.weights, config_.qformer) {
    const auto head = [&](const char* name, std::int64_t out) {
      return Linear(spec.weights / name, config_.qformer.encoder.hidden, out, Bias::kRequired);
    };
    visionOut_ = head("vision_projection", config_.projection);
    textOut_ = head("text_projection", config_.projection);
    match_ = head("itm_head", 2);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    auto known = vision_.inputNames();
    for (const char* name : {"input_ids", "attention_mask", "use_image_text_matching_head"})
      known.emplace_back(name);
    checkInputs(inputs, known);
    const TowerOutput seen = vision_.forward(inputs, observer);
    at::Tensor ids = requireInput(inputs, "input_ids").to(at::kLong);
    const at::Tensor mask = inputIf(inputs, "attention_mask");
    // A prompt then begins with the places of the queries.
    if (config_.imageToken && ids.size(1) <= config_.qformer.queries)
      throw Error(ErrorKind::kInvalidInput,
                  "expected the places of {} queries and a text, found {} ids",
                  config_.qformer.queries, ids.size(1))
          .in("input \"input_ids\"");
    if (config_.imageToken) ids = ids.slice(1, config_.qformer.queries);
    TensorMap outputs = flagInput(inputs, "use_image_text_matching_head")
                            ? matched(seen.hidden, ids, mask)
                            : compared(seen.hidden, ids, mask);
    outputs["logits_per_text"] = outputs.at("logits_per_image").t().contiguous();
    addTower(outputs, seen, "vision_model_output.");
    return outputs;
  }

 private:
  TensorMap matched(const at::Tensor& seen, const at::Tensor& ids, at::Tensor mask) const {
    const std::int64_t queries = config_.qformer.queries;
    if (!config_.imageToken && mask.defined())
      mask = at::cat({at::ones({mask.size(0), queries}, mask.options()), mask}, 1);
    const at::Tensor x = at::cat({qformer_.queries(seen.size(0)), words_(ids)}, 1);
    const TowerOutput text = qformer_.forward(x, queries, mask, seen);
    TensorMap outputs{{"logits_per_image", match_(text.hidden.narrow(1, 0, queries)).mean(1)},
                      {"text_embeds", text.hidden},
                      {"image_embeds", seen}};
    addTower(outputs, text, "text_model_output.");
    return outputs;
  }
  TensorMap compared(const at::Tensor& seen, const at::Tensor& ids, at::Tensor mask) const {
    if (config_.imageToken && mask.defined()) mask = mask.slice(1, config_.qformer.queries);
    const at::Tensor images = unit(visionOut_(qformer_.look(seen).hidden));
    const TowerOutput text = qformer_.forward(words_(ids), 0, mask, {});
    const at::Tensor texts = unit(textOut_(text.pooled));
    // The query that fits a text best counts.
    TensorMap outputs{{"logits_per_image", at::matmul(images, texts.t()).amax(1)},
                      {"text_embeds", texts},
                      {"image_embeds", images}};
    addTower(outputs, text, "text_model_output.");
    return outputs;
  }

  Blip2Config config_;
  VisionTower vision_;
  QFormerWords words_;
  QFormer qformer_;
  Linear visionOut_, textOut_, match_;
};

}  // namespace

bool comparesOnly(std::string_view className) {
  return className.ends_with("ForImageTextRetrieval") || className.ends_with("WithProjection");
}

std::unique_ptr<Model> makeBlip2Comparison(const ModelSpec& spec) {
  if (spec.className == "Blip2TextModelWithProjection") return std::make_unique<Blip2Text>(spec);
  if (spec.className == "Blip2VisionModelWithProjection")
    return std::make_unique<Blip2Vision>(spec);
  if (spec.className == "Blip2ForImageTextRetrieval") return std::make_unique<Blip2Retrieval>(spec);
  throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of blip-2",
              quoted(spec.className));
}

}  // namespace orrery::models::multimodal
