#pragma once

#include "core/models/families.h"
#include "core/models/speech/hifi_gan.h"
#include "core/models/speech/speecht5_config.h"

namespace orrery::models::speech {

/// SpeechT5HifiGan: sounds of spectrograms. forward() takes `spectrogram`, [batch, frames, bins] or
/// [frames, bins], and gives `waveform` with one dimension less.
class Vocoder : public Model {
 public:
  explicit Vocoder(const ModelSpec& spec);

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override;
  std::int64_t samplingRate() const { return config_.samplingRate; }

 private:
  VocoderConfig config_;
  HifiGan generator_;
  at::Tensor mean_, scale_;  ///< [bins]; undefined where spectrograms come in as they are
};

}  // namespace orrery::models::speech
