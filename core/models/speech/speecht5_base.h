#pragma once

#include "core/models/families.h"
#include "core/models/speech/speecht5_layers.h"
#include "core/models/speech/speecht5_nets.h"

namespace orrery::models::speech {

/// What an encoder of SpeechT5 made of its input.
struct SpeechT5Encoded {
  at::Tensor hidden;  ///< [batch, time, hidden]
  at::Tensor mask;    ///< [batch, time] or undefined
};

/// The encoder behind what reads texts, sounds or nothing.
class SpeechT5Listener {
 public:
  enum class Takes { kText, kSound, kHidden };
  /// `weights` is the scope "encoder".
  SpeechT5Listener(const nn::Weights& weights, const SpeechT5Config& config, Takes takes);

  /// The name of the input: input_ids or input_values.
  const char* input() const { return takes_ == Takes::kText ? "input_ids" : "input_values"; }
  /// Of that input and of attention_mask.
  SpeechT5Encoded operator()(const TensorMap& inputs, const nn::Observer* observer) const;

 private:
  Takes takes_;
  std::int64_t hidden_;
  std::optional<TextPrenet> text_;
  std::optional<WavePrenet> wave_;
  SpeechT5Encoder encoder_;
};

// The heads.
std::unique_ptr<Model> makeSpeechToText(const nn::Weights& root, const SpeechT5Config& config);
std::unique_ptr<Model> makeSpectrogramModel(const nn::Weights& root, const SpeechT5Config& config,
                                            SpeechT5Listener::Takes takes);

}  // namespace orrery::models::speech
