#pragma once

#include "core/models/model.h"

namespace orrery::models::timeseries {

/// What a model with a distribution head has beside Model: futures drawn from it.
class TrajectorySampler {
 public:
  virtual ~TrajectorySampler() = default;

  /// `count` futures of each series of the batch [batch, count, steps(, variates)], from inputs as
  /// forward() takes them, with future_time_features and without future_values where the model has
  /// such. Equal to transformers' generate() where `generator` is in the state of its own.
  virtual at::Tensor sample(const TensorMap& inputs, std::int64_t count,
                            const at::Generator& generator) const = 0;
  /// How many the configuration asks for.
  virtual std::int64_t usualCount() const = 0;
};

}  // namespace orrery::models::timeseries
