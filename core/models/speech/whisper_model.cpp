#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/speech/heard_sound.h"
#include "core/models/speech/speech_families.h"
#include "core/models/speech/whisper_encoder.h"
#include "core/models/text/causal_heads.h"
#include "core/models/text/text_core.h"

namespace orrery::models::speech {
namespace {

using nn::Linear;

/// One window of sound with what the decoder reads of it.
class HeardWindow : public HeardSound {
 public:
  HeardWindow(const text::CrossDecoder& decoder, text::CrossCache cross)
      : decoder_(decoder),
        cross_(std::move(cross)),
        sessions_(text::sessionsBeside(decoder, cross_, text::StartsFrom::kStartToken)) {}

  std::unique_ptr<generation::DecodingSession> newSession(
      std::span<const generation::TokenId> encoderIds) override {
    return sessions_->newSession(encoderIds);
  }
  bool isEncoderDecoder() const override { return true; }

  void observe(std::span<const generation::TokenId> ids,
               const nn::Observer& observer) const override {
    const at::NoGradGuard noGrad;
    nn::Step step;
    const at::Tensor row = text::idTensor(ids).unsqueeze(0);
    step.positions = decoder_.positions(row, {});
    step.observer = &observer;
    decoder_.hiddenBeside(cross_, decoder_.embed(row), step);
  }

 private:
  const text::CrossDecoder& decoder_;
  text::CrossCache cross_;
  std::unique_ptr<generation::SessionFactory> sessions_;
};

/// Both parts, with or without the layer that writes.
class WhisperModel : public Model {
 public:
  WhisperModel(const nn::Weights& base, const nn::Weights& root, const WhisperConfig& c,
               bool writes)
      : encoder_(base / "encoder", c),
        decoder_(text::makeClassicCore(c.decoder, {base / "decoder", root, writes})),
        writes_(writes) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_features", "attention_mask", "decoder_input_ids",
                         "decoder_attention_mask"});
    const at::Tensor heard = encoder_(requireInput(inputs, "input_features"), observer);
    const at::Tensor ids = requireInput(inputs, "decoder_input_ids").to(at::kLong);
    if (ids.size(0) != heard.size(0))
      throw Error(ErrorKind::kInvalidInput,
                  "input \"decoder_input_ids\": expected {} rows, as of sounds, found {}",
                  heard.size(0), ids.size(0));
    nn::Step step;
    step.attentionMask = inputIf(inputs, "decoder_attention_mask");
    step.positions = decoder_->positions(ids, step.attentionMask);
    step.observer = observer;
    const at::Tensor hidden =
        decoder_->hiddenBeside(decoder_->crossCache(heard), decoder_->embed(ids), step);
    TensorMap outputs{{"encoder_last_hidden_state", heard}};
    if (writes_)
      outputs["logits"] = decoder_->head(hidden.flatten(0, 1)).unflatten(0, ids.sizes());
    else
      outputs["last_hidden_state"] = hidden;
    return outputs;
  }

  std::unique_ptr<generation::SessionFactory> sessionFactoryFor(
      const TensorMap& media) const override {
    const at::NoGradGuard noGrad;
    if (!writes_) return Model::sessionFactoryFor(media);
    checkInputs(media, {"input_features", "attention_mask"});
    const at::Tensor features = requireInput(media, "input_features");
    return std::make_unique<HeardWindow>(*decoder_,
                                         decoder_->crossCache(encoder_(features, nullptr)));
  }

 private:
  WhisperEncoder encoder_;
  std::unique_ptr<text::CrossDecoder> decoder_;
  bool writes_;
};

/// The encoder with classes for a whole sound.
class WhisperClassifier : public Model {
 public:
  WhisperClassifier(const nn::Weights& root, const WhisperConfig& c)
      : encoder_(root / "encoder", c),
        projector_(root / "projector", c.hidden, c.classifierHidden, Linear::Bias::kRequired),
        classifier_(root / "classifier", c.classifierHidden, c.labels, Linear::Bias::kRequired) {
    if (c.weightedLayerSum)
      shares_ = at::softmax(root.tensor("layer_weights", {c.encoder.layers + 1}), -1);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_features", "attention_mask"});
    const auto states = encoder_.states(requireInput(inputs, "input_features"), observer);
    const at::Tensor hidden =
        shares_.defined() ? at::tensordot(shares_, at::stack(states), {0}, {0}) : states.back();
    return {{"logits", classifier_(projector_(hidden).mean(1))}};
  }

 private:
  WhisperEncoder encoder_;
  Linear projector_, classifier_;
  at::Tensor shares_;  ///< [layers + 1]: how much each state counts; undefined: only the last
};

}  // namespace

std::unique_ptr<Model> makeWhisper(const ModelSpec& spec) {
  const auto c = WhisperConfig::read(spec.config);
  const nn::Weights& root = spec.weights;
  const nn::Weights base = baseScope(root, {"model"});
  if (spec.className == "WhisperForConditionalGeneration" || spec.className == "WhisperModel")
    return std::make_unique<WhisperModel>(base, root, c, spec.className != "WhisperModel");
  if (spec.className == "WhisperForAudioClassification")
    return std::make_unique<WhisperClassifier>(root, c);
  if (spec.className == "WhisperForCausalLM")
    return std::make_unique<text::CausalModel>(
        text::makeClassicCore(c.decoder, {base / "decoder", root, /*languageModel=*/true}),
        text::CausalHead::kLanguageModel, text::CausalHeadConfig{c.hidden, c.labels, {}}, root);
  throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of whisper",
              quoted(spec.className));
}

}  // namespace orrery::models::speech
