#pragma once

#include "core/models/families.h"
#include "core/models/timeseries/distributions.h"
#include "core/models/timeseries/network_inputs.h"
#include "core/models/timeseries/trajectories.h"
#include "core/models/timeseries/transformer_layers.h"

namespace orrery::models::timeseries {

/// The encoder and decoder of a series transformer.
class SeriesCore {
 public:
  virtual ~SeriesCore() = default;
  /// The context → [batch, steps, hidden].
  virtual at::Tensor encode(const NetworkInputs& inputs, const Pass& pass) const = 0;
  /// What the decoder gives of the steps to predict, by transformers' names; empty where it needs
  /// these and has none.
  virtual TensorMap decode(const NetworkInputs& inputs, const at::Tensor& encoded,
                           const Pass& pass) const = 0;
  /// What a head is to read of decode()'s outputs [batch, prediction, headWidth()].
  virtual at::Tensor headInput(const TensorMap& decoded) const = 0;
  virtual std::int64_t headWidth() const = 0;
  /// Futures [batch * count, prediction(, variates)], `count` of each series one after the other.
  /// `times` are past and future time features.
  struct Drawing {
    const NetworkInputs& inputs;
    const at::Tensor& encoded;
    const at::Tensor &pastTimes, &futureTimes;
    std::int64_t count;
    const InputNetwork& network;
    const DistributionHead& head;
  };
  virtual at::Tensor draw(const Drawing& drawing, const Pass& pass) const = 0;
};

using MakeCore =
    std::function<std::unique_ptr<SeriesCore>(const nn::Weights&, const TransformerConfig&)>;

/// The model of `spec` with the core that `core` makes: "…Model" or "…ForPrediction".
std::unique_ptr<Model> predictionModel(const ModelSpec& spec, const MakeCore& core);

}  // namespace orrery::models::timeseries
