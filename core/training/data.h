#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "core/models/model.h"

namespace orrery::training {

/// Sums of what a data set measures of predictions, over all that were seen.
using Totals = std::map<std::string, double>;

/// Examples that batches are made of. Does not change; thread-safe.
class DataSet {
 public:
  virtual ~DataSet() = default;
  virtual std::int64_t size() const = 0;
  /// The inputs of a model, with what it is to say, for these examples.
  virtual models::TensorMap batch(std::span<const std::int64_t> examples) const = 0;
  /// Adds what the outputs of one batch are worth to `totals`.
  virtual void measure(const models::TensorMap& inputs, const models::TensorMap& outputs,
                       Totals& totals) const = 0;
  /// From all sums to figures by name: "mse".
  virtual std::map<std::string, double> figures(const Totals& totals) const = 0;
  /// Figures of the simple forecast that a model must beat, by name: "naive_mse".
  virtual std::map<std::string, double> baseline() const = 0;
};

/// The three parts of one source.
struct DataSplits {
  std::unique_ptr<DataSet> train, evaluation, test;  ///< the last two may be empty of examples
};

}  // namespace orrery::training
