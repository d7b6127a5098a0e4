#pragma once

#include "core/nn/training_pass.h"
#include "core/nn/weights.h"

namespace orrery::nn {

/// Root-mean-square normalisation (Zhang & Sennrich 2019): x / rms(x) * (offset + weight).
class RmsNorm {
 public:
  RmsNorm() = default;
  /// `offset` is 1 where a checkpoint stores the weight around zero (Gemma), else 0.
  RmsNorm(const Weights& weights, std::int64_t dim, double eps, float offset = 0);

  /// x [..., dim] float32 → the same shape.
  at::Tensor operator()(const at::Tensor& x) const;
  bool defined() const { return weight_.defined(); }

 private:
  at::Tensor weight_;  ///< with the offset added, but for training
  double eps_ = 0;
  float offset_ = 0;  ///< still to be added
};

/// Layer normalisation (Ba et al. 2016). Weight and bias are optional, as the checkpoint has them.
class LayerNorm {
 public:
  LayerNorm() = default;
  LayerNorm(const Weights& weights, std::int64_t dim, double eps);
  at::Tensor operator()(const at::Tensor& x) const;
  bool defined() const { return dim_ > 0; }

 private:
  at::Tensor weight_, bias_;
  std::int64_t dim_ = 0;
  double eps_ = 0;
};

/// torch.nn.BatchNorm1d over the last dimension: the statistics of the batch in a training pass,
/// which moves the running ones, and these otherwise.
class SequenceBatchNorm {
 public:
  SequenceBatchNorm() = default;
  /// Takes `weight`, `bias`, `running_mean` and `running_var`, each [channels].
  SequenceBatchNorm(const Weights& weights, std::int64_t channels, double eps);
  /// x [..., channels] float32 → the same shape.
  at::Tensor operator()(const at::Tensor& x, const TrainingPass* pass = nullptr) const;

 private:
  at::Tensor weight_, bias_, mean_, variance_;
  at::Tensor steps_;  ///< training passes so far; undefined in inference
  double eps_ = 0;
};

}  // namespace orrery::nn
