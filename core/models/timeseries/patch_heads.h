#pragma once

#include <optional>

#include "core/models/timeseries/distributions.h"
#include "core/models/timeseries/patch_parts.h"

namespace orrery::models::timeseries {

/// What makes numbers, or distributions over them, of features.
class SeriesHead {
 public:
  SeriesHead() = default;
  /// Takes the layer at `weights`, or those of the distribution that the config names.
  SeriesHead(const nn::Weights& weights, const PatchConfig& config, std::int64_t in,
             std::int64_t out);

  /// features [batch, channels, in] → prediction_outputs [batch, steps, channels], of the channels
  /// `only` where that is not empty, and their loc and scale; with `future` [batch, steps, all
  /// channels] the loss.
  TensorMap forecast(const at::Tensor& features, const PatchedSeries& series,
                     const at::Tensor& future, const std::vector<std::int64_t>& only = {}) const;

  /// features [batch, in] → regression_outputs [batch, targets], with `target` the loss.
  TensorMap regress(const at::Tensor& features, const at::Tensor& target) const;

 private:
  std::optional<DistributionKind> kind_;
  std::vector<double> range_;
  nn::Linear linear_;
  DistributionHead distribution_;
};

/// The outputs of a classification: `logits` [batch, classes] by `name`, and the loss where the
/// inputs have target_values [batch].
TensorMap classified(const char* name, const at::Tensor& logits, const TensorMap& inputs);

}  // namespace orrery::models::timeseries
