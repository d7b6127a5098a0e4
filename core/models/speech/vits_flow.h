#pragma once

#include "core/models/speech/vits_config.h"
#include "core/nn/convolution1d.h"

namespace orrery::models::speech {

/// WaveNet's gated, dilated convolutions (van den Oord et al. 2016).
class WaveNet {
 public:
  WaveNet(const nn::Weights& weights, const VitsConfig& config);
  /// x [batch, hidden, frames], kept [batch, 1, frames] → the shape of x.
  at::Tensor operator()(at::Tensor x, const at::Tensor& kept, const at::Tensor& speaker) const;

 private:
  std::int64_t hidden_;
  std::vector<nn::Conv1d> in_, out_;
  nn::Conv1d speaker_;  ///< of a speaker's embedding, for all layers
};

/// From samples of the text's distribution to a spectrogram: the flow of VITS, backwards.
class VitsFlow {
 public:
  VitsFlow(const nn::Weights& weights, const VitsConfig& config);
  /// x [batch, flow, frames], kept [batch, 1, frames] of 0 and 1, `speaker` [batch or 1, width, 1]
  /// or undefined → the shape of x.
  at::Tensor operator()(at::Tensor x, const at::Tensor& kept, const at::Tensor& speaker) const;

 private:
  struct Step {
    nn::Conv1d in;
    WaveNet net;
    nn::Conv1d out;
  };
  std::vector<Step> steps_;
};

}  // namespace orrery::models::speech
