#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/speech/frames.h"
#include "core/models/speech/heads.h"
#include "core/models/speech/speech_families.h"
#include "core/models/speech/speecht5_base.h"

namespace orrery::models::speech {

SpeechT5Listener::SpeechT5Listener(const nn::Weights& w, const SpeechT5Config& c, Takes takes)
    : takes_(takes), hidden_(c.hidden), encoder_(w / "wrapped_encoder", c) {
  if (takes == Takes::kText) text_.emplace(w / "prenet", c);
  if (takes == Takes::kSound) wave_.emplace(w / "prenet", c);
}

SpeechT5Encoded SpeechT5Listener::operator()(const TensorMap& inputs,
                                             const nn::Observer* observer) const {
  SpeechT5Encoded encoded;
  if (takes_ == Takes::kSound) {
    const at::Tensor wave = requireWave(inputs);
    const auto frames = (*wave_)(wave, maskFor(inputs, wave.size(0), wave.size(1)));
    return {encoder_(frames.hidden, frames.mask, observer), frames.mask};
  }
  const at::Tensor x = takes_ == Takes::kText ? (*text_)(requireInput(inputs, input()))
                                              : requireFrames(inputs, hidden_, input());
  const at::Tensor mask = maskFor(inputs, x.size(0), x.size(1));
  return {encoder_(x, mask, observer), mask};
}

namespace {

/// The stacks alone: hidden states in, hidden states out.
class BareModel : public Model {
 public:
  BareModel(const nn::Weights& base, const SpeechT5Config& c)
      : hidden_(c.hidden),
        encoder_(base / "encoder", c, SpeechT5Listener::Takes::kHidden),
        decoder_(base / "decoder.wrapped_decoder", c) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_values", "attention_mask", "decoder_input_values",
                         "decoder_attention_mask"});
    const auto encoded = encoder_(inputs, observer);
    nn::Step step;
    step.attentionMask = inputIf(inputs, "decoder_attention_mask");
    step.observer = observer;
    const at::Tensor x = requireFrames(inputs, hidden_, "decoder_input_values");
    return {{"last_hidden_state",
             decoder_(x, decoder_.crossCache(encoded.hidden), nn::paddingMask(encoded.mask), step)},
            {"encoder_last_hidden_state", encoded.hidden}};
  }

 private:
  std::int64_t hidden_;
  SpeechT5Listener encoder_;
  SpeechT5Decoder decoder_;
};

}  // namespace

std::unique_ptr<Model> makeSpeechT5(const ModelSpec& spec) {
  using Takes = SpeechT5Listener::Takes;
  const auto c = SpeechT5Config::read(spec.config);
  const nn::Weights& root = spec.weights;
  if (spec.className == "SpeechT5ForSpeechToText") return makeSpeechToText(root, c);
  if (spec.className == "SpeechT5ForTextToSpeech")
    return makeSpectrogramModel(root, c, Takes::kText);
  if (spec.className == "SpeechT5ForSpeechToSpeech")
    return makeSpectrogramModel(root, c, Takes::kSound);
  if (spec.className == "SpeechT5Model")
    return std::make_unique<BareModel>(baseScope(root, {"speecht5"}), c);
  refuseClass(spec);
}

}  // namespace orrery::models::speech
