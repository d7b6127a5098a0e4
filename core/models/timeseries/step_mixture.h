#pragma once

#include "core/models/timeseries/transformer_layers.h"

namespace orrery::models::timeseries {

/// What self-attention reads of each step [rows, steps, hidden]; q is scaled.
struct LayerInputs {
  at::Tensor x, q, k, v;

  /// Room for them, those of one step side by side.
  static LayerInputs make(std::int64_t rows, std::int64_t steps, std::int64_t hidden);
  /// The first `steps` of them.
  LayerInputs first(std::int64_t steps) const;
  /// Puts rows [rows, hidden] at `step`.
  void put(std::int64_t step, const LayerInputs& rows) const;
};

/// A layer and what it remembers of the encoded series.
struct LayerOfSteps {
  LayerOfSteps(const DecoderLayer& layer, const at::Tensor& encoded);
  /// The same layer with the memory of `count` series from `first` on.
  LayerOfSteps of(std::int64_t first, std::int64_t count) const;
  /// x [..., hidden] with the projections of self-attention.
  LayerInputs project(const at::Tensor& x) const;
  /// Rows x [rows, hidden] for which the heads of self-attention have given `heads`.
  at::Tensor behind(const at::Tensor& x, const at::Tensor& heads, const RowCounts& counts) const;
  const Projections& projections() const { return layer->selfAttention().projections(); }
  std::int64_t heads() const { return projections().heads; }
  std::int64_t hidden() const { return projections().q.outFeatures(); }

  const DecoderLayer* layer;
  SeriesMemory memory;
};

/// What the first layer of ProbSparse attention gives to the second. At each step a head has one of
/// two outcomes, whichever step asks: it attends, or it adds up the values so far. Most often all
/// heads of a step attend; of the other combinations the last one asked for is kept.
class StepMixture {
 public:
  /// `counts` rows of each series, of `steps` steps.
  StepMixture(const LayerOfSteps& first, const LayerOfSteps& second, const RowCounts& counts,
              std::int64_t steps);

  /// Both outcomes of a step [rows, hidden]: what attending heads give, and the step's values.
  void put(std::int64_t step, const at::Tensor& attended, const at::Tensor& values);
  /// The second layer's inputs [rows, steps, hidden] where `attends` [rows, steps, heads] tells
  /// which heads attended. `own` are the first layer's inputs, `all` the second's had all heads
  /// attended, both as LayerInputs::make() has made them.
  LayerInputs inputs(const at::Tensor& attends, const LayerInputs& own, const LayerInputs& all);

 private:
  /// Which combination of a step lies in `mixed_`.
  enum class Lies : std::uint8_t { kNone, kAll, kOther };
  /// Rows to compute, by their place in [rows * steps], and how many belong to each series.
  struct Missing {
    std::vector<std::int64_t> places;
    RowCounts counts;
  };
  /// Brings what is known into `mixed_`.
  Missing mix(const at::Tensor& attends, const LayerInputs& all);
  void compute(const Missing& missing, const LayerInputs& own);
  at::Tensor headsOf(const std::vector<std::int64_t>& places) const;

  LayerOfSteps first_, second_;
  RowCounts counts_;
  at::Tensor attended_, summed_;  ///< [rows, steps, hidden]
  at::Tensor known_;              ///< [rows, steps, heads] bool: the combination that `other_` has
  LayerInputs other_, mixed_;
  std::vector<Lies> lies_;  ///< [rows * steps]
};

}  // namespace orrery::models::timeseries
