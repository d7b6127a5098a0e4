#pragma once

#include "core/models/model.h"
#include "core/models/timeseries/scalers.h"
#include "core/nn/linear.h"

namespace orrery::models::timeseries {

/// What a series transformer sees of one batch.
struct NetworkInputs {
  /// [batch, context (+ prediction), variates * lags]: scaled values as they were some steps
  /// before each.
  at::Tensor lagged;
  at::Tensor features;    ///< [batch, same steps, …]: static features, then those of the step
  at::Tensor pastScaled;  ///< [batch, past(, variates)]
  at::Tensor staticFeatures;
  Scale scale;
  bool future = false;  ///< whether the steps to predict are among these
};

/// Makes them: scales, takes lags, joins features.
class InputNetwork {
 public:
  InputNetwork(const nn::Weights& weights, const TransformerConfig& config);

  /// From past_values, past_time_features, past_observed_mask, static_categorical_features,
  /// static_real_features, future_values and future_time_features, as transformers' models take
  /// them. An Error names the input that does not fit.
  NetworkInputs operator()(const TensorMap& inputs) const;

  /// `scaled` [rows, time(, variates)] at the config's lags before each of the last `steps` steps,
  /// `shift` steps later → [rows, steps, variates * lags].
  at::Tensor lags(const at::Tensor& scaled, std::int64_t steps, std::int64_t shift = 0) const;

 private:
  void check(const TensorMap& inputs) const;
  void checkSteps(const TensorMap& inputs, const char* name, std::int64_t batch,
                  std::int64_t steps) const;
  at::Tensor staticFeatures(const TensorMap& inputs, const Scale& scale) const;

  TransformerConfig config_;
  Scaler scaler_;
  std::vector<nn::Embedding> embeddings_;
};

}  // namespace orrery::models::timeseries
