#include "core/models/timeseries/scalers.h"

namespace orrery::models::timeseries {

using Scaling = TransformerConfig::Scaling;

Scaler::Scaler(const TransformerConfig& config)
    : scaling_(config.scaling),
      minimum_(config.minimumScale.value_or(config.scaling == Scaling::kStd ? 1e-5 : 1e-10)),
      default_(config.defaultScale) {}

Scale Scaler::operator()(const at::Tensor& values, const at::Tensor& observed) const {
  if (scaling_ == Scaling::kMean) return byMean(values, observed);
  if (scaling_ == Scaling::kStd) return byDeviation(values, observed);
  const at::Tensor one = at::ones_like(values.narrow(1, 0, 1));
  return {at::zeros_like(one), one};
}

Scale Scaler::byMean(const at::Tensor& values, const at::Tensor& observed) const {
  const at::Tensor sum = (values * observed).abs().sum(1, true);
  const at::Tensor count = observed.sum(1, true);
  const at::Tensor own = sum / count.clamp_min(1);
  // What is not observed at all is as large as the rest of the batch.
  const at::Tensor others = default_ ? at::full_like(own, *default_)
                                     : at::squeeze(sum.sum(0) / count.sum(0).clamp_min(1));
  const at::Tensor scale = at::where(count > 0, own, others).clamp_min(minimum_);
  return {at::zeros_like(scale), scale};
}

Scale Scaler::byDeviation(const at::Tensor& values, const at::Tensor& observed) const {
  const at::Tensor count = observed.sum(1, true).clamp_min(1.0);
  const at::Tensor loc = (values * observed).sum(1, true) / count;
  const at::Tensor variance = ((values - loc) * observed).square().sum(1, true) / count;
  return {loc, at::sqrt(variance + minimum_)};
}

}  // namespace orrery::models::timeseries
