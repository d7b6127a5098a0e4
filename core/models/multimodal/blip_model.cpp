#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/multimodal/blip_config.h"
#include "core/models/multimodal/two_tower_model.h"
#include "core/models/text/vocabulary_head.h"

namespace orrery::models::multimodal {
namespace {

using nn::Linear;
using Bias = Linear::Bias;

/// What every head has: the vision tower, and a text part that may look at the picture.
class BlipBase : public Model {
 protected:
  BlipBase(const ModelSpec& spec, const char* textScope)
      : config_(BlipConfig::read(spec.config)),
        vision_(spec.weights / "vision_model", config_.vision),
        text_(spec.weights / textScope, config_.text) {}

  void requireCrossAttention(const JsonField& config) const {
    if (config_.text.crossHidden == 0)
      throw config["text_config"]["is_decoder"].error("false leaves nothing that sees the picture");
  }
  TowerOutput see(const TensorMap& inputs, const nn::Observer* observer) const {
    const auto below = observerBelow(observer, "vision_model.");
    return vision_.forward(inputs, below ? &below : nullptr);
  }
  static text::Encoder::Input textInput(const TensorMap& inputs, const std::string& prefix = "") {
    text::Encoder::Input input;
    input.ids = requireInput(inputs, prefix + "input_ids").to(at::kLong);
    input.attentionMask = inputIf(inputs, prefix + "attention_mask");
    return input;
  }
  /// A text read with the picture in view.
  static text::Encoder::Input questionInput(const TensorMap& inputs, const TowerOutput& vision) {
    text::Encoder::Input input = textInput(inputs);
    input.crossed = vision.hidden;
    return input;
  }

  BlipConfig config_;
  VisionTower vision_;
  text::Encoder text_;
};

/// BlipModel: both apart, and how alike they are.
class BlipModel : public BlipBase {
 public:
  explicit BlipModel(const ModelSpec& spec)
      : BlipBase(spec, "text_model"),
        pooler_(spec.weights / "text_model.pooler.dense", config_.text.hidden, config_.text.hidden,
                Bias::kRequired),
        textOut_(spec.weights / "text_projection", config_.text.hidden, config_.projection,
                 Bias::kNone),
        visionOut_(spec.weights / "visual_projection", config_.vision.hidden, config_.projection,
                   Bias::kNone),
        logScale_(spec.weights.tensor("logit_scale", {})) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_ids", "pixel_values", "attention_mask", "position_ids"});
    const TowerOutput vision = see(inputs, observer);
    const auto below = observerBelow(observer, "text_model.");
    text::Encoder::Input input = textInput(inputs);
    input.positions = inputIf(inputs, "position_ids");
    input.observer = below ? &below : nullptr;
    TowerOutput text{text_.forward(input), {}};
    text.pooled = at::tanh(pooler_(text.hidden.select(1, 0)));
    TensorMap outputs =
        similarities(visionOut_(vision.pooled), textOut_(text.pooled), logScale_, {});
    addTower(outputs, vision, "vision_model_output.");
    addTower(outputs, text, "text_model_output.");
    return outputs;
  }

 private:
  Linear pooler_, textOut_, visionOut_;
  at::Tensor logScale_;
};

/// A caption, word by word.
class BlipCaptioner : public BlipBase {
 public:
  explicit BlipCaptioner(const ModelSpec& spec)
      : BlipBase(spec, "text_decoder.bert"),
        head_(spec.weights / "text_decoder", config_.text, text_) {
    requireCrossAttention(spec.config);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_ids", "pixel_values", "attention_mask"});
    const TowerOutput vision = see(inputs, observer);
    text::Encoder::Input input = questionInput(inputs, vision);
    input.causal = true;
    input.observer = observer;
    return {{"logits", head_(text_.forward(input))},
            {"image_embeds", vision.hidden},
            {"last_hidden_state", vision.hidden}};
  }

 private:
  text::VocabularyHead head_;
};

/// A question is read with the picture in view, the answer with the question in view.
class BlipAnswerer : public BlipBase {
 public:
  explicit BlipAnswerer(const ModelSpec& spec)
      : BlipBase(spec, "text_encoder"),
        decoder_(spec.weights / "text_decoder" / "bert", config_.text),
        head_(spec.weights / "text_decoder", config_.text, decoder_) {
    requireCrossAttention(spec.config);
    if (config_.text.hidden != config_.vision.hidden)
      throw spec.config.error(fmt::format(
          "answers look at questions through matrices made for pictures: expected one hidden size, "
          "found {} for pictures and {} for text",
          config_.vision.hidden, config_.text.hidden));
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_ids", "pixel_values", "attention_mask", "decoder_input_ids",
                         "decoder_attention_mask"});
    const TowerOutput vision = see(inputs, observer);
    text::Encoder::Input answer = textInput(inputs, "decoder_");
    // The reference has the answer see the question's padding, too.
    answer.crossed = text_.forward(questionInput(inputs, vision));
    answer.causal = true;
    answer.observer = observer;
    return {{"logits", head_(decoder_.forward(answer))},
            {"image_embeds", vision.hidden},
            {"last_hidden_state", vision.hidden}};
  }

 private:
  text::Encoder decoder_;
  text::VocabularyHead head_;
};

/// Whether a text belongs to a picture: scores of no and yes.
class BlipMatcher : public BlipBase {
 public:
  explicit BlipMatcher(const ModelSpec& spec)
      : BlipBase(spec, "text_encoder"),
        score_(spec.weights / "itm_head", config_.text.hidden, 2, Bias::kRequired) {
    requireCrossAttention(spec.config);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_ids", "pixel_values", "attention_mask"});
    const TowerOutput vision = see(inputs, observer);
    const at::Tensor read = text_.forward(questionInput(inputs, vision));
    return {{"itm_score", score_(read.select(1, 0))},
            {"question_embeds", read},
            {"last_hidden_state", vision.hidden}};
  }

 private:
  Linear score_;
};

std::unique_ptr<Model> makeBlip(const ModelSpec& spec) {
  const std::string& name = spec.className;
  if (name.ends_with("ForConditionalGeneration")) return std::make_unique<BlipCaptioner>(spec);
  if (name.ends_with("ForQuestionAnswering")) return std::make_unique<BlipAnswerer>(spec);
  if (name.ends_with("ForImageTextRetrieval")) return std::make_unique<BlipMatcher>(spec);
  if (name == "BlipModel") return std::make_unique<BlipModel>(spec);
  throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of blip", quoted(name));
}

}  // namespace

void registerBlip(Families& families) {
  families["blip"] = makeBlip;
}

}  // namespace orrery::models::multimodal
