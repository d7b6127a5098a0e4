#pragma once

#include <ATen/ATen.h>

#include "core/models/timeseries/transformer_config.h"

namespace orrery::models::timeseries {

/// Where a series lies and how far it spreads, over its observed steps.
struct Scale {
  at::Tensor loc, scale;  ///< [batch, 1(, variates)]
};

/// Brings series of any size to one: by their mean, by mean and standard deviation, or not at all.
class Scaler {
 public:
  explicit Scaler(const TransformerConfig& config);
  /// values and observed [batch, steps(, variates)], observed 1 or 0.
  Scale operator()(const at::Tensor& values, const at::Tensor& observed) const;

 private:
  Scale byMean(const at::Tensor& values, const at::Tensor& observed) const;
  Scale byDeviation(const at::Tensor& values, const at::Tensor& observed) const;

  TransformerConfig::Scaling scaling_;
  double minimum_ = 0;
  std::optional<double> default_;
};

}  // namespace orrery::models::timeseries
