#pragma once

#include "core/models/timeseries/step_mixture.h"
#include "core/models/timeseries/transformer_layers.h"

namespace orrery::models::timeseries {

/// The decoder of a series transformer over some futures of each series, one step at a time. Equal
/// to the layers over all steps so far, but what a later step cannot change is computed once:
///
/// - What cross-attention reads belongs to a series, not to a future.
/// - While all queries attend, self-attention is causal: a step adds one row to every layer.
/// - Where ProbSparse attention leaves queries out, another step may choose others. The first layer
///   knows either outcome of each step and head (StepMixture); layers behind it are computed anew,
///   the last one for its last row only.
class TrajectoryRows {
 public:
  /// For futures of `steps` steps, as many of each series as `counts` says.
  TrajectoryRows(std::vector<LayerOfSteps> layers, RowCounts counts, std::int64_t steps);

  /// x [rows, hidden]: the next step's embedded input → what the decoder gives of it. `samples`:
  /// the keys that QueryChoice has drawn for each layer.
  at::Tensor step(const at::Tensor& x, const std::vector<at::Tensor>& samples);

 private:
  /// What a layer makes of all its rows, had those queries attended.
  at::Tensor allRows(const LayerOfSteps& layer, const LayerInputs& inputs,
                     const at::Tensor& attends) const;
  /// step() where queries are left out, once `inputs_` are complete.
  at::Tensor sparseStep(const std::vector<at::Tensor>& samples);

  std::vector<LayerOfSteps> layers_;
  RowCounts counts_;
  std::vector<LayerInputs> inputs_;  ///< of each layer, had all queries attended at every step
  QueryChoice choice_;
  std::optional<StepMixture> mixture_;  ///< where queries are left out and layers lie behind
  std::int64_t done_ = 0;
};

/// TrajectoryRows shared out over the thread pool: each thread goes through all layers with its
/// own.
class TrajectoryDecoder {
 public:
  /// For `count` futures of each series of `encoded` [batch, keys, hidden], of `steps` steps.
  TrajectoryDecoder(const std::vector<DecoderLayer>& layers, const at::Tensor& encoded,
                    std::int64_t count, std::int64_t steps);
  ~TrajectoryDecoder();
  TrajectoryDecoder(const TrajectoryDecoder&) = delete;
  TrajectoryDecoder& operator=(const TrajectoryDecoder&) = delete;

  /// x [batch * count, hidden] → the same shape, as TrajectoryRows has it. Draws from the pass what
  /// the layers would draw.
  at::Tensor step(const at::Tensor& x, const Pass& pass);

 private:
  struct Part {
    std::int64_t begin, end;
    TrajectoryRows rows;
  };
  static void runPart(Part& part, const at::Tensor& x, const std::vector<at::Tensor>& samples,
                      const at::Tensor& result);

  std::vector<Part> parts_;
  QueryChoice choice_;
  std::size_t layers_;
  int threadsBefore_;
  std::int64_t done_ = 0;
};

}  // namespace orrery::models::timeseries
