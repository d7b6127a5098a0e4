#pragma once

#include "core/models/model.h"
#include "core/models/timeseries/patch_config.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

/// What PatchTST and PatchTSMixer are made of.
namespace orrery::models::timeseries {

/// A batch of series, brought to one size and cut.
struct PatchedSeries {
  at::Tensor patches;     ///< [batch, channels, patches, patch length]
  at::Tensor loc, scale;  ///< [batch, 1, channels]
};

/// From past_values [batch, context, channels] and its mask of observed values, `maskName`, where
/// there is one. An Error tells what does not fit.
PatchedSeries patchSeries(const PatchConfig& config, const TensorMap& inputs, const char* maskName);

/// The input `name` as float32 [batch, …] of that shape; an Error otherwise. Undefined if absent.
at::Tensor targetOf(const TensorMap& inputs, const char* name, const nn::Shape& shape);

/// `position_enc` [places, hidden] of the scope: sines and cosines, which do not learn, or random
/// numbers of `deviation`, which do.
at::Tensor positionsOf(const nn::Weights& weights, const PatchConfig& config, std::int64_t places,
                       double deviation);

/// The norm of a layer: over the batch or the features, at `weights` or below its "batchnorm".
class PatchNorm {
 public:
  PatchNorm() = default;
  PatchNorm(const nn::Weights& weights, const PatchConfig& config, bool batchNorm);
  at::Tensor operator()(const at::Tensor& x, const nn::TrainingPass* pass) const;

 private:
  bool ofBatch_ = false;
  nn::SequenceBatchNorm batch_;
  nn::LayerNorm layer_;
};

/// Self-attention without a mask; takes q_proj, k_proj, v_proj and out_proj.
class PatchAttention {
 public:
  PatchAttention() = default;
  PatchAttention(const nn::Weights& weights, std::int64_t hidden, std::int64_t heads,
                 double dropout);
  /// x [rows, time, hidden] → the same shape.
  at::Tensor operator()(const at::Tensor& x, const nn::TrainingPass* pass) const;

 private:
  nn::Linear q_, k_, v_, out_;
  std::vector<at::Tensor> weights_, biases_;  ///< of q, k and v in training: one product for all
  std::int64_t heads_ = 1;
  double dropout_ = 0;
};

}  // namespace orrery::models::timeseries
