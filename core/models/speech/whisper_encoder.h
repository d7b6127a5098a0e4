#pragma once

#include <memory>
#include <vector>

#include "core/models/speech/whisper_config.h"
#include "core/nn/attention.h"
#include "core/nn/frame_convolution.h"
#include "core/nn/norm.h"

namespace orrery::models::speech {

/// Whisper's encoder: two convolutions over log-mel frames, and blocks with their norms first.
class WhisperEncoder {
 public:
  WhisperEncoder(const nn::Weights& weights, const WhisperConfig& config);

  /// features [batch, mel bins, 2 * source positions] → [batch, source positions, hidden]. An Error
  /// tells another shape.
  at::Tensor operator()(const at::Tensor& features, const nn::Observer* observer) const {
    return states(features, observer).back();
  }
  /// What enters the blocks and what each makes of it; the last one is the encoder's output.
  std::vector<at::Tensor> states(const at::Tensor& features, const nn::Observer* observer) const;

 private:
  class Block;

  std::int64_t melBins_, positionsCount_;
  nn::FrameConvolution first_, second_;
  at::Tensor positions_;  ///< [source positions, hidden]
  std::vector<std::shared_ptr<const Block>> blocks_;
  nn::LayerNorm norm_;
};

}  // namespace orrery::models::speech
