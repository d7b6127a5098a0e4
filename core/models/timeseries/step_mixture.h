#pragma once

#include "core/models/timeseries/transformer_layers.h"

namespace orrery::models::timeseries {

/// What self-attention reads of each step [rows, steps, hidden]; q is scaled.
struct LayerInputs {
  at::Tensor x, q, k, v;

  /// Room for them.
  static LayerInputs make(std::int64_t rows, std::int64_t steps, std::int64_t hidden);
  /// The first `steps` of them.
  LayerInputs first(std::int64_t steps) const;
  /// Puts rows [rows, hidden] at `step`.
  void put(std::int64_t step, const LayerInputs& rows) const;
};

/// A layer and what it remembers of the encoded series.
struct LayerOfSteps {
  LayerOfSteps(const DecoderLayer& layer, const at::Tensor& encoded);
  /// x [..., hidden] with the projections of self-attention.
  LayerInputs project(const at::Tensor& x) const;
  /// Rows x [rows, hidden] for which the heads of self-attention have given `heads`.
  at::Tensor behind(const at::Tensor& x, const at::Tensor& heads, const RowCounts& counts) const;
  std::int64_t heads() const { return layer->selfAttention().projections().heads; }

  const DecoderLayer* layer;
  SeriesMemory memory;
};

/// What the first layer of ProbSparse attention gives to the second. At each step a head has one of
/// two outcomes, whichever step asks: it attends, or it adds up the values so far. Most often all
/// heads of a step attend; of the other combinations the last one asked for is kept.
class StepMixture {
 public:
  StepMixture(std::int64_t rows, std::int64_t steps, std::int64_t hidden, std::int64_t heads);

  /// Both outcomes of a step [rows, hidden]: what attending heads give, and the step's values.
  void put(std::int64_t step, const at::Tensor& attended, const at::Tensor& values);
  /// The second layer's inputs of the steps [rows, steps, hidden] where `attends` [rows, steps,
  /// heads] tells which heads attended; `all` are the inputs had all of them, `x` the first layer's
  /// own. `count` rows belong to each series.
  LayerInputs inputs(const at::Tensor& attends, const LayerInputs& all, const at::Tensor& x,
                     std::int64_t count, const LayerOfSteps& first, const LayerOfSteps& second);

 private:
  /// Rows to compute, by their place in [rows * steps], and how many belong to each series.
  struct Missing {
    std::vector<std::int64_t> places;
    RowCounts counts;
  };
  Missing missing(const at::Tensor& attends, std::int64_t count);
  at::Tensor headsOf(const std::vector<std::int64_t>& places) const;

  at::Tensor attended_, summed_;  ///< [rows, steps, hidden]
  at::Tensor known_;              ///< [rows, steps, heads] bool: the combination that `other_` has
  LayerInputs other_;
};

}  // namespace orrery::models::timeseries
