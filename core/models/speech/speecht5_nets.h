#pragma once

#include "core/models/model.h"
#include "core/models/speech/speecht5_config.h"
#include "core/models/speech/wave_features.h"
#include "core/nn/norm.h"

/// What stands before and after the stacks of SpeechT5, a kind for texts and one for sounds.
namespace orrery::models::speech {

/// Sines and cosines for `positions` [...] → [..., hidden], in the order of the framework in which
/// SpeechT5 was trained: all sines first. Zeros below position 0.
at::Tensor sinusoids(const at::Tensor& positions, std::int64_t hidden, std::int64_t first);

/// Positions as SpeechT5 learns how much they count: sines and cosines in turn, times a number.
class ScaledPositions {
 public:
  ScaledPositions() = default;
  /// `what` names what there are at most `most` of.
  ScaledPositions(const nn::Weights& weights, std::int64_t hidden, std::int64_t most,
                  const char* what);
  /// Of positions first … first + count - 1, [count, hidden]. An Error if there are not as many.
  at::Tensor operator()(std::int64_t count, std::int64_t first = 0) const;

 private:
  std::int64_t hidden_ = 0, most_ = 0;
  const char* what_ = "";
  at::Tensor scale_;
};

/// ids [batch, tokens] → [batch, tokens, hidden].
class TextPrenet {
 public:
  TextPrenet(const nn::Weights& weights, const SpeechT5Config& config);
  at::Tensor operator()(const at::Tensor& ids) const;

 private:
  nn::Embedding tokens_;
  ScaledPositions positions_;
};

/// Samples to frames.
class WavePrenet {
 public:
  WavePrenet(const nn::Weights& weights, const SpeechT5Config& config);

  struct Frames {
    at::Tensor hidden;  ///< [batch, frames, hidden]
    at::Tensor mask;    ///< [batch, frames], false for padding; undefined where there was no mask
  };
  /// wave [batch, samples], mask [batch, samples] or undefined.
  Frames operator()(const at::Tensor& wave, const at::Tensor& mask) const;

 private:
  std::int64_t hidden_, first_;
  WaveFeatures features_;
  WavePositions positions_;
};

/// Frames of a spectrogram to what the decoder takes. A part of what the layers say is dropped at
/// random, in inference as well, the same in all rows of a batch.
class SpectrogramPrenet {
 public:
  SpectrogramPrenet(const nn::Weights& weights, const SpeechT5Config& config);

  /// frames [batch, time, bins], speaker [batch, width] or undefined → [batch, time, hidden].
  at::Tensor operator()(const at::Tensor& frames, const at::Tensor& speaker,
                        at::Generator& generator) const;
  /// The last row of that, [batch, 1, hidden], of `last` [batch, 1, bins], which is frame number
  /// `time` - 1. Draws as many random numbers as the whole would.
  at::Tensor last(const at::Tensor& last, std::int64_t time, const at::Tensor& speaker,
                  at::Generator& generator) const;

 private:
  at::Tensor run(at::Tensor x, std::int64_t first, const at::Tensor& speaker,
                 at::Generator& generator) const;

  double dropout_;
  std::int64_t units_;
  std::vector<nn::Linear> layers_;
  nn::Linear final_, speaker_;
  ScaledPositions positions_;
};

/// What the decoder says to frames, and the probability that they are the last ones.
class SpectrogramPostnet {
 public:
  SpectrogramPostnet(const nn::Weights& weights, const SpeechT5Config& config);

  /// hidden [batch, steps, hidden] → [batch, steps * reduction, bins], still to be refined.
  at::Tensor frames(const at::Tensor& hidden) const;
  /// The same refined.
  at::Tensor refine(const at::Tensor& frames) const;
  /// hidden [..., hidden] → [..., reduction], before the sigmoid.
  at::Tensor stop(const at::Tensor& hidden) const { return stop_(hidden); }

 private:
  std::int64_t bins_;
  nn::Linear frames_, stop_;
  std::vector<nn::Conv1d> convolutions_;
  std::vector<nn::BatchNorm2d> norms_;
};

}  // namespace orrery::models::speech
