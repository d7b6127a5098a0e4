// SpeechT5 that speaks: from text or from another's speech to spectrograms.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/speech/frames.h"
#include "core/models/speech/speaking.h"
#include "core/models/speech/speecht5_base.h"

namespace orrery::models::speech {
namespace {

class SpeechT5Speaker : public SpectrogramModel {
 public:
  SpeechT5Speaker(const nn::Weights& root, const SpeechT5Config& c, SpeechT5Listener::Takes takes)
      : config_(c),
        encoder_(root / "speecht5.encoder", c, takes),
        prenet_(root / "speecht5.decoder.prenet", c),
        decoder_(root / "speecht5.decoder.wrapped_decoder", c),
        postnet_(root / "speech_decoder_postnet", c) {}

  /// Beside transformers' inputs a `seed`, of the prenet's random numbers; 0 where it is missing.
  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {encoder_.input(), "attention_mask", "decoder_input_values",
                         "decoder_attention_mask", "speaker_embeddings", "seed"});
    const auto encoded = encoder_(inputs, observer);
    const at::Tensor frames = requireFrames(inputs, config_.bins, "decoder_input_values");
    const at::Tensor seed = inputIf(inputs, "seed");
    at::Generator noise = at::detail::createCPUGenerator(
        seed.defined() ? static_cast<std::uint64_t>(seed.item<std::int64_t>()) : 0);
    nn::Step step;
    step.attentionMask = inputIf(inputs, "decoder_attention_mask");
    step.observer = observer;
    const at::Tensor hidden =
        decoder_(prenet_(frames, speakerOf(inputs, frames.size(0)), noise),
                 decoder_.crossCache(encoded.hidden), nn::paddingMask(encoded.mask), step);
    return {{"spectrogram", postnet_.refine(postnet_.frames(hidden))},
            {"encoder_last_hidden_state", encoded.hidden}};
  }

  at::Tensor generate(const TensorMap& inputs, const SpeechLimits& limits, std::uint64_t seed,
                      const CancelToken* cancel) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {encoder_.input(), "attention_mask", "speaker_embeddings"});
    const auto encoded = encoder_(inputs, nullptr);
    if (encoded.hidden.size(0) != 1)
      throw Error(ErrorKind::kInvalidInput, "expected one row, found {}", encoded.hidden.size(0))
          .in(encoder_.input());
    const auto steps = [&](double ratio) {
      return static_cast<std::int64_t>(static_cast<double>(encoded.hidden.size(1)) * ratio /
                                       static_cast<double>(config_.reduction));
    };
    const std::int64_t least = steps(limits.least), most = steps(limits.most);
    const at::Tensor speaker = speakerOf(inputs, 1);
    at::Generator noise = at::detail::createCPUGenerator(seed);
    const auto cross = decoder_.crossCache(encoded.hidden);
    nn::SequenceCache cache = decoder_.newCache();
    nn::Step step;
    step.rows = {&cache};
    step.cancel = cancel;
    at::Tensor last = at::zeros({1, 1, config_.bins});
    std::vector<at::Tensor> made;
    for (std::int64_t time = 1;; ++time) {
      const at::Tensor hidden = decoder_(prenet_.last(last, time, speaker, noise), cross, {}, step);
      made.push_back(postnet_.frames(hidden));
      last = made.back().narrow(1, config_.reduction - 1, 1);
      const double stop = at::sigmoid(postnet_.stop(hidden)).sum().item<double>();
      if (time >= least && (time >= most || stop >= limits.threshold)) break;
    }
    return postnet_.refine(at::cat(made, 1))[0];
  }

 private:
  /// [batch, width]; undefined where none is given to a text's reader.
  at::Tensor speakerOf(const TensorMap& inputs, std::int64_t batch) const {
    at::Tensor speaker = inputIf(inputs, "speaker_embeddings");
    if (!speaker.defined()) return {};
    const bool good = speaker.dim() == 2 && speaker.size(1) == config_.speaker &&
                      (speaker.size(0) == batch || speaker.size(0) == 1);
    if (!good)
      throw Error(ErrorKind::kInvalidInput, "expected shape [{}, {}], found {}", batch,
                  config_.speaker, nn::shapeText(speaker.sizes().vec()))
          .in("input \"speaker_embeddings\"");
    return speaker.to(at::kFloat).expand({batch, -1});
  }

  SpeechT5Config config_;
  SpeechT5Listener encoder_;
  SpectrogramPrenet prenet_;
  SpeechT5Decoder decoder_;
  SpectrogramPostnet postnet_;
};

}  // namespace

std::unique_ptr<Model> makeSpectrogramModel(const nn::Weights& root, const SpeechT5Config& config,
                                            SpeechT5Listener::Takes takes) {
  return std::make_unique<SpeechT5Speaker>(root, config, takes);
}

}  // namespace orrery::models::speech
