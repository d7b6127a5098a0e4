#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/multimodal/blip2_compare.h"
#include "core/models/multimodal/picture_language_model.h"
#include "core/models/multimodal/qformer.h"
#include "core/models/multimodal/two_tower_model.h"
#include "core/models/text/t5_parts.h"

/// BLIP-2 as it writes text.
namespace orrery::models::multimodal {
namespace {

/// The Q-Former's queries, brought to the width of the language model.
class Blip2Reader : public PictureReader {
 public:
  Blip2Reader(const ModelSpec& spec, std::int64_t hidden)
      : config_(Blip2Config::read(spec.config)),
        vision_(spec.weights / "vision_model", config_.vision),
        qformer_(spec.weights, config_.qformer),
        project_(spec.weights / "language_projection", config_.qformer.encoder.hidden, hidden,
                 nn::Linear::Bias::kRequired) {
    if (!config_.imageToken)
      throw spec.config.error("image_token_index: expected the id that stands for a picture");
  }

  std::vector<std::string> inputNames() const override { return vision_.inputNames(); }

  Pictures read(const TensorMap& inputs, const nn::Observer* observer) const override {
    const auto below = observerBelow(observer, "vision_model.");
    const TowerOutput seen = vision_.forward(inputs, below ? &below : nullptr);
    const TowerOutput gathered = qformer_.look(seen.hidden);
    // The reference leaves features without a place out.
    Pictures result{{{.what = "image",
                      .token = *config_.imageToken,
                      .rows = project_(gathered.hidden).flatten(0, 1),
                      .spare = true}},
                    {}};
    addTower(result.outputs, seen, "vision_outputs.");
    addTower(result.outputs, gathered, "qformer_outputs.");
    return result;
  }

 private:
  Blip2Config config_;
  VisionTower vision_;
  QFormer qformer_;
  nn::Linear project_;
};

/// With a decoder as language model.
class Blip2Decoder : public PictureLanguageModel {
 public:
  using PictureLanguageModel::PictureLanguageModel;

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    TensorMap outputs = PictureLanguageModel::forward(inputs, observer);
    outputs["language_model_outputs.logits"] = outputs.at("logits");
    return outputs;
  }
};

/// With T5: its encoder reads the prompt.
class Blip2T5 : public Model {
 public:
  Blip2T5(const ModelSpec& spec, const text::T5Config& config)
      : reader_(spec, config.hidden),
        t5_(spec.weights / "language_model", spec.weights / "language_model", config,
            text::T5Parts::Holds::kBothWithHead) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    auto known = reader_.inputNames();
    for (const char* name :
         {"input_ids", "attention_mask", "decoder_input_ids", "decoder_attention_mask"})
      known.emplace_back(name);
    checkInputs(inputs, known);
    const Pictures pictures = reader_.read(inputs, observer);
    const at::Tensor ids = requireInput(inputs, "input_ids").to(at::kLong);
    const at::Tensor mask = inputIf(inputs, "attention_mask");
    const at::Tensor encoded = t5_.encode(embedWith(t5_, ids, pictures), mask, observer);
    nn::Step step;
    step.attentionMask = inputIf(inputs, "decoder_attention_mask");
    step.observer = observer;
    TensorMap outputs = pictures.outputs;
    outputs["logits"] = t5_.head(
        t5_.decode(requireInput(inputs, "decoder_input_ids").to(at::kLong), encoded, mask, step));
    outputs["language_model_outputs.logits"] = outputs.at("logits");
    outputs["language_model_outputs.encoder_last_hidden_state"] = encoded;
    return outputs;
  }

  std::unique_ptr<generation::SessionFactory> sessionFactoryFor(
      const TensorMap& media) const override {
    const at::NoGradGuard noGrad;
    checkInputs(media, reader_.inputNames());
    return std::make_unique<Sessions>(*this, reader_.read(media, nullptr));
  }

 private:
  /// Sessions whose prompts have the pictures in their places.
  class Sessions : public generation::SessionFactory {
   public:
    Sessions(const Blip2T5& model, Pictures pictures)
        : t5_(model.t5_), pictures_(std::move(pictures)) {}

    std::unique_ptr<generation::DecodingSession> newSession(
        std::span<const generation::TokenId> encoderIds) override {
      const at::NoGradGuard noGrad;
      if (encoderIds.empty())
        throw Error(ErrorKind::kInvalidInput, "expected a prompt with the places of the picture");
      const at::Tensor ids = text::idTensor(encoderIds).unsqueeze(0);
      const at::Tensor encoded = t5_.encode(embedWith(t5_, ids, pictures_), {}, nullptr);
      return text::sessionBeside(t5_, t5_.crossCache(encoded));
    }
    bool isEncoderDecoder() const override { return true; }

   private:
    const text::T5Parts& t5_;
    Pictures pictures_;
  };

  Blip2Reader reader_;
  text::T5Parts t5_;
};

std::unique_ptr<Model> makeBlip2(const ModelSpec& spec) {
  if (comparesOnly(spec.className)) return makeBlip2Comparison(spec);
  writesText(spec);  // both classes have the head of the language model
  const auto language = readBlip2Text(spec.config);
  if (const auto* t5 = std::get_if<text::T5Config>(&language))
    return std::make_unique<Blip2T5>(spec, *t5);
  const auto& decoder = std::get<text::TextConfig>(language);
  const nn::Weights root = spec.weights / "language_model";
  const nn::Weights base = baseScope(root, {"model.decoder", "transformer", "gpt_neox", "model"});
  return std::make_unique<Blip2Decoder>(
      std::make_unique<Blip2Reader>(spec, text::shapeOf(decoder).hidden),
      text::makeTextCore(decoder, {base, root, /*languageModel=*/true}), /*languageModel=*/true);
}

}  // namespace

void registerBlip2(Families& families) {
  families["blip-2"] = makeBlip2;
}

}  // namespace orrery::models::multimodal
