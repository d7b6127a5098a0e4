#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/multimodal/blip_config.h"
#include "core/models/multimodal/two_tower_model.h"
#include "core/models/text/encoder_as_decoder.h"

namespace orrery::models::multimodal {
namespace {

using nn::Linear;
using Bias = Linear::Bias;

/// What every head has: the vision tower, beside a text part that may look at the picture.
class BlipBase : public Model {
 protected:
  explicit BlipBase(const ModelSpec& spec)
      : config_(BlipConfig::read(spec.config)),
        vision_(spec.weights / "vision_model", config_.vision) {}

  void requireCrossAttention(const JsonField& config) const {
    if (config_.text.crossHidden == 0)
      throw config["text_config"]["is_decoder"].error("false leaves nothing that sees the picture");
  }
  /// Checks that the inputs are `texts` and those of the picture.
  void check(const TensorMap& inputs, std::vector<std::string> texts) const {
    for (auto& name : vision_.inputNames()) texts.push_back(std::move(name));
    checkInputs(inputs, texts);
  }
  TowerOutput see(const TensorMap& inputs, const nn::Observer* observer) const {
    const auto below = observerBelow(observer, "vision_model.");
    return vision_.forward(inputs, below ? &below : nullptr);
  }
  static at::Tensor idsOf(const TensorMap& inputs, const std::string& name = "input_ids") {
    return requireInput(inputs, name).to(at::kLong);
  }

  BlipConfig config_;
  VisionTower vision_;
};

/// A text read as a whole, with the picture in view.
at::Tensor readQuestion(const text::Encoder& encoder, const at::Tensor& ids, const at::Tensor& mask,
                        const TowerOutput& vision) {
  return encoder.forward({.ids = ids, .attentionMask = mask, .crossed = vision.hidden});
}

/// BlipModel: both apart, and how alike they are.
class BlipModel : public BlipBase {
 public:
  explicit BlipModel(const ModelSpec& spec)
      : BlipBase(spec),
        text_(spec.weights / "text_model", config_.text),
        pooler_(spec.weights / "text_model.pooler.dense", config_.text.hidden, config_.text.hidden,
                Bias::kRequired),
        textOut_(spec.weights / "text_projection", config_.text.hidden, config_.projection,
                 Bias::kNone),
        visionOut_(spec.weights / "visual_projection", config_.vision.hidden, config_.projection,
                   Bias::kNone),
        logScale_(spec.weights.tensor("logit_scale", {})) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    check(inputs, {"input_ids", "attention_mask", "position_ids"});
    const TowerOutput vision = see(inputs, observer);
    const auto below = observerBelow(observer, "text_model.");
    TowerOutput text{text_.forward({.ids = idsOf(inputs),
                                    .attentionMask = inputIf(inputs, "attention_mask"),
                                    .positions = inputIf(inputs, "position_ids"),
                                    .observer = below ? &below : nullptr}),
                     {}};
    text.pooled = at::tanh(pooler_(text.hidden.select(1, 0)));
    TensorMap outputs =
        similarities(visionOut_(vision.pooled), textOut_(text.pooled), logScale_, {});
    addTower(outputs, vision, "vision_model_output.");
    addTower(outputs, text, "text_model_output.");
    return outputs;
  }

 private:
  text::Encoder text_;
  Linear pooler_, textOut_, visionOut_;
  at::Tensor logScale_;
};

/// A caption, word by word, from nothing or from its beginning.
class BlipCaptioner : public BlipBase {
 public:
  explicit BlipCaptioner(const ModelSpec& spec)
      : BlipBase(spec),
        decoder_(spec.weights / "text_decoder.bert", spec.weights / "text_decoder", config_.text) {
    requireCrossAttention(spec.config);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    check(inputs, {"input_ids", "attention_mask"});
    const TowerOutput vision = see(inputs, observer);
    return {
        {"logits", text::scoresBeside(decoder_, decoder_.crossCache(vision.hidden), idsOf(inputs),
                                      inputIf(inputs, "attention_mask"), observer)},
        {"image_embeds", vision.hidden},
        {"last_hidden_state", vision.hidden}};
  }

  std::unique_ptr<generation::SessionFactory> sessionFactoryFor(
      const TensorMap& media) const override {
    const at::NoGradGuard noGrad;
    check(media, {});
    return text::sessionsBeside(decoder_, decoder_.crossCache(see(media, nullptr).hidden),
                                text::StartsFrom::kPrompt);
  }

 private:
  text::EncoderAsDecoder decoder_;
};

/// A question is read with the picture in view, the answer with the question in view.
class BlipAnswerer : public BlipBase {
 public:
  explicit BlipAnswerer(const ModelSpec& spec)
      : BlipBase(spec),
        encoder_(spec.weights / "text_encoder", config_.text),
        decoder_(spec.weights / "text_decoder.bert", spec.weights / "text_decoder", config_.text) {
    requireCrossAttention(spec.config);
    if (config_.text.hidden != config_.vision.hidden)
      throw spec.config.error(fmt::format(
          "answers look at questions through matrices made for pictures: expected one hidden size, "
          "found {} for pictures and {} for text",
          config_.vision.hidden, config_.text.hidden));
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    check(inputs, {"input_ids", "attention_mask", "decoder_input_ids", "decoder_attention_mask"});
    const TowerOutput vision = see(inputs, observer);
    // The reference has the answer see the question's padding, too.
    const text::CrossCache cross = decoder_.crossCache(
        readQuestion(encoder_, idsOf(inputs), inputIf(inputs, "attention_mask"), vision));
    return {{"logits", text::scoresBeside(decoder_, cross, idsOf(inputs, "decoder_input_ids"),
                                          inputIf(inputs, "decoder_attention_mask"), observer)},
            {"image_embeds", vision.hidden},
            {"last_hidden_state", vision.hidden}};
  }

  std::unique_ptr<generation::SessionFactory> sessionFactoryFor(
      const TensorMap& media) const override {
    const at::NoGradGuard noGrad;
    check(media, {});
    return std::make_unique<Answers>(*this, see(media, nullptr));
  }

 private:
  /// Sessions that answer questions about one picture; the question is the encoder's input.
  class Answers : public generation::SessionFactory {
   public:
    Answers(const BlipAnswerer& model, TowerOutput vision)
        : model_(model), vision_(std::move(vision)) {}

    std::unique_ptr<generation::DecodingSession> newSession(
        std::span<const generation::TokenId> encoderIds) override {
      const at::NoGradGuard noGrad;
      if (encoderIds.empty())
        throw Error(ErrorKind::kInvalidInput, "this model answers questions: expected one");
      const at::Tensor ids = text::idTensor(encoderIds).unsqueeze(0);
      const at::Tensor question = readQuestion(model_.encoder_, ids, {}, vision_);
      return text::sessionBeside(model_.decoder_, model_.decoder_.crossCache(question));
    }
    bool isEncoderDecoder() const override { return true; }

   private:
    const BlipAnswerer& model_;
    TowerOutput vision_;
  };

  text::Encoder encoder_;
  text::EncoderAsDecoder decoder_;
};

/// Whether a text belongs to a picture: scores of no and yes.
class BlipMatcher : public BlipBase {
 public:
  explicit BlipMatcher(const ModelSpec& spec)
      : BlipBase(spec),
        encoder_(spec.weights / "text_encoder", config_.text),
        score_(spec.weights / "itm_head", config_.text.hidden, 2, Bias::kRequired) {
    requireCrossAttention(spec.config);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    check(inputs, {"input_ids", "attention_mask"});
    const TowerOutput vision = see(inputs, observer);
    const at::Tensor read =
        readQuestion(encoder_, idsOf(inputs), inputIf(inputs, "attention_mask"), vision);
    return {{"itm_score", score_(read.select(1, 0))},
            {"question_embeds", read},
            {"last_hidden_state", vision.hidden}};
  }

 private:
  text::Encoder encoder_;
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
