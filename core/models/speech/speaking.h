#pragma once

#include "core/base/cancel.h"
#include "core/models/model.h"

namespace orrery::models::speech {

/// How long a model that makes one frame after the other goes on, as transformers' generate_speech.
struct SpeechLimits {
  double threshold = 0.5;  ///< of the probability that a frame is the last one
  double least = 0;        ///< frames for each state of the encoder: no end before that
  double most = 20;        ///< the same: the end in any case
};

/// A model that makes spectrograms of texts or of sounds; a vocoder makes sounds of them.
class SpectrogramModel : public Model {
 public:
  /// `inputs` as of forward(), of one row, but for what the decoder is given → [frames, bins]. The
  /// random numbers are those of torch after manual_seed(seed).
  virtual at::Tensor generate(const TensorMap& inputs, const SpeechLimits& limits,
                              std::uint64_t seed, const CancelToken* cancel) const = 0;
};

}  // namespace orrery::models::speech
