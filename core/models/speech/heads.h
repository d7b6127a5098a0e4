#pragma once

#include <functional>

#include "core/models/families.h"
#include "core/models/speech/heads_config.h"

/// Heads that encoders of speech share.
namespace orrery::models::speech {

/// What an encoder made of sounds.
struct Encoded {
  at::Tensor last;                 ///< [batch, frames, width]
  std::vector<at::Tensor> states;  ///< before the first layer and after each, where asked for
  /// Frames of each sound, [batch] int64; undefined where nothing was padded.
  at::Tensor lengths;
};

/// From what was encoded to the outputs by name.
using Head = std::function<TensorMap(const Encoded& encoded)>;

/// The head of a class that ends in ForCTC, ForSequenceClassification, ForAudioFrameClassification
/// or ForXVector; nothing for another class. Takes its tensors from the root of the checkpoint.
Head makeHead(const ModelSpec& spec, const HeadsConfig& config);

/// The head of a class that ends in ForCTC.
Head makeCtcHead(const nn::Weights& root, const HeadsConfig& config);

/// An Error: the class is not one of the heads of its model.
[[noreturn]] void refuseClass(const ModelSpec& spec);

}  // namespace orrery::models::speech
