#pragma once

#include <memory>

#include "core/models/model.h"
#include "core/pipelines/task_registry.h"

namespace orrery::pipelines {

/// What a model gives of a batch of windows; shapes without the last dimension where each window is
/// one series.
struct ForecastTensors {
  at::Tensor point;      ///< [batch, steps, variates]
  at::Tensor quantiles;  ///< [levels, batch, steps, variates]; undefined if the model has none
  at::Tensor draws;      ///< [count, batch, steps, variates]; undefined if it draws none
};

/// What is asked of it.
struct ForecastQuestion {
  std::vector<double> levels;
  std::optional<std::int64_t> draws;  ///< as many as the configuration says if it is none
  std::uint64_t seed = 0;
};

/// A model that forecasts, of whatever type.
class ForecastModel {
 public:
  explicit ForecastModel(PipelineParts parts);
  virtual ~ForecastModel() = default;

  /// Steps of the past that it looks at: at least, and at most.
  std::int64_t leastPast() const { return leastPast_; }
  std::int64_t mostPast() const { return mostPast_; }
  /// Steps that it forecasts.
  std::int64_t horizon() const { return horizon_; }
  /// Series that go in together; 0: each is forecast by itself.
  std::int64_t variates() const { return variates_; }
  /// Whether it takes features of the times, and how many.
  bool takesFeatures() const { return takesFeatures_; }
  std::int64_t timeFeatures() const { return timeFeatures_; }
  std::int64_t covariates() const { return covariates_; }
  /// Numbers that it takes of a series as a whole.
  std::int64_t staticCategories() const { return staticCategories_; }
  std::int64_t staticReals() const { return staticReals_; }
  /// Whether it knows missing values.
  bool takesGaps() const { return takesGaps_; }

  /// `inputs` by transformers' names: past_values [batch, past(, variates)], and what else the
  /// model takes.
  virtual ForecastTensors forecast(const models::TensorMap& inputs,
                                   const ForecastQuestion& question) const = 0;

 protected:
  PipelineParts parts_;
  std::int64_t leastPast_ = 1, mostPast_ = 1, horizon_ = 1, variates_ = 0;
  std::int64_t timeFeatures_ = 0, covariates_ = 0, staticCategories_ = 0, staticReals_ = 0;
  bool takesGaps_ = true, takesFeatures_ = false;
};

/// The model of a checkpoint, by its type.
std::unique_ptr<ForecastModel> forecastModel(PipelineParts parts);

}  // namespace orrery::pipelines
