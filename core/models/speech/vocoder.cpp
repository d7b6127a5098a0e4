#include "core/models/speech/vocoder.h"

#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/speech/heads.h"
#include "core/models/speech/speech_families.h"

namespace orrery::models::speech {

Vocoder::Vocoder(const ModelSpec& spec)
    : config_(VocoderConfig::read(spec.config)), generator_(spec.weights, config_.generator) {
  if (spec.className != "SpeechT5HifiGan") refuseClass(spec);
  if (!config_.normalizes) return;
  mean_ = spec.weights.tensor("mean", {config_.generator.channels});
  scale_ = spec.weights.tensor("scale", {config_.generator.channels});
}

TensorMap Vocoder::forward(const TensorMap& inputs, const nn::Observer*) const {
  const at::NoGradGuard noGrad;
  checkInputs(inputs, {"spectrogram"});
  at::Tensor x = requireInput(inputs, "spectrogram");
  const bool batched = x.dim() == 3;
  if (x.dim() < 2 || x.dim() > 3 || x.size(-1) != config_.generator.channels || x.numel() == 0)
    throw Error(ErrorKind::kInvalidInput, "expected shape [frames, {}], found {}",
                config_.generator.channels, nn::shapeText(x.sizes().vec()))
        .in("input \"spectrogram\"");
  x = x.to(at::kFloat);
  if (mean_.defined()) x = (x - mean_) / scale_;
  const at::Tensor waves = generator_((batched ? x : x.unsqueeze(0)).transpose(1, 2));
  return {{"waveform", batched ? waves : waves[0]}};
}

std::unique_ptr<Model> makeVocoder(const ModelSpec& spec) {
  return std::make_unique<Vocoder>(spec);
}

}  // namespace orrery::models::speech
