#include "core/models/timeseries/prediction_model.h"

#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/vision/vit_model.h"

namespace orrery::models::timeseries {
namespace {

/// The mean of the losses that count; 1 stands for an empty sum of weights.
at::Tensor weightedMean(const at::Tensor& loss, const at::Tensor& weights) {
  const at::Tensor counted = at::where(weights != 0, loss * weights, at::zeros_like(loss));
  return counted.sum() / weights.sum().clamp_min(1.0);
}

class BaseModel : public Model {
 public:
  BaseModel(const nn::Weights& weights, const TransformerConfig& config, const MakeCore& core)
      : network_(weights, config), core_(core(weights, config)), config_(config) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer*) const override {
    const at::NoGradGuard noGrad;
    checkNames(inputs);
    return run(network_(inputs), {});
  }

 protected:
  static void checkNames(const TensorMap& inputs) {
    checkInputs(inputs, {"past_values", "past_time_features", "past_observed_mask",
                         "static_categorical_features", "static_real_features", "future_values",
                         "future_time_features", "future_observed_mask"});
  }

  TensorMap run(const NetworkInputs& batch, const Pass& pass) const {
    const at::Tensor encoded = core_->encode(batch, pass);
    TensorMap outputs = core_->decode(batch, encoded, pass);
    outputs["encoder_last_hidden_state"] = encoded;
    outputs["loc"] = batch.scale.loc;
    outputs["scale"] = batch.scale.scale;
    outputs["static_features"] = batch.staticFeatures;
    return outputs;
  }

  InputNetwork network_;
  std::unique_ptr<SeriesCore> core_;
  TransformerConfig config_;
};

class PredictionModel : public BaseModel, public TrajectorySampler {
 public:
  PredictionModel(const ModelSpec& spec, const TransformerConfig& config, const MakeCore& core)
      : BaseModel(spec.weights / "model", config, core),
        head_(spec.weights / "parameter_projection", distributionKind(config.distribution),
              core_->headWidth(), config.variates) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer*) const override {
    const at::NoGradGuard noGrad;
    return predicted(inputs, {});
  }

  TensorMap trainingForward(const TensorMap& inputs, const nn::TrainingPass& pass) const override {
    requireInput(inputs, "future_values");
    return predicted(inputs, {pass.generator, &pass});
  }

  at::Tensor sample(const TensorMap& inputs, std::int64_t count,
                    const at::Generator& generator) const override {
    const at::NoGradGuard noGrad;
    checkNames(inputs);
    TensorMap past = inputs;
    past.erase("future_values");
    const NetworkInputs batch = network_(past);
    const at::Tensor pastTimes = requireInput(inputs, "past_time_features").to(at::kFloat),
                     futureTimes = requireInput(inputs, "future_time_features").to(at::kFloat);
    const Pass pass{generator};
    const TensorMap outputs = run(batch, pass);
    const at::Tensor drawn = core_->draw({.inputs = batch,
                                          .encoded = outputs.at("encoder_last_hidden_state"),
                                          .pastTimes = pastTimes,
                                          .futureTimes = futureTimes,
                                          .count = count,
                                          .network = network_,
                                          .head = head_},
                                         pass);
    std::vector<std::int64_t> shape{-1, count, config_.prediction};
    if (config_.variates > 1) shape.push_back(config_.variates);
    return drawn.reshape(shape);
  }

  std::int64_t usualCount() const override { return config_.trajectories; }

 private:
  TensorMap predicted(const TensorMap& inputs, const Pass& pass) const {
    checkNames(inputs);
    const NetworkInputs batch = network_(inputs);
    TensorMap outputs = run(batch, pass);
    if (batch.future) predict(inputs, batch, outputs);
    outputs.erase("last_hidden_state");
    outputs.erase("trend");
    return outputs;
  }

  /// Adds the parameters of the distribution and the loss.
  void predict(const TensorMap& inputs, const NetworkInputs& batch, TensorMap& outputs) const {
    const Distribution distribution =
        head_.distribution(core_->headInput(outputs), batch.scale.loc, batch.scale.scale);
    const at::Tensor values = inputs.at("future_values").to(at::kFloat);
    at::Tensor observed = inputIf(inputs, "future_observed_mask");
    observed = observed.defined() ? observed.to(at::kFloat) : at::ones_like(values);
    if (config_.variates > 1) observed = observed.amin(-1);
    outputs["loss"] = weightedMean(-distribution.logProb(values), observed);
    for (std::size_t i = 0; i < distribution.parameters().size(); ++i)
      outputs[fmt::format("params.{}", i)] = distribution.parameters()[i];
  }

  DistributionHead head_;
};

}  // namespace

std::unique_ptr<Model> predictionModel(const ModelSpec& spec, const MakeCore& core) {
  const auto config = TransformerConfig::read(spec.config);
  if (spec.className.ends_with("ForPrediction"))
    return std::make_unique<PredictionModel>(spec, config, core);
  if (!spec.className.ends_with("Model")) vision::refuseClass(spec.className, config.modelType);
  return std::make_unique<BaseModel>(baseScope(spec.weights, {"model"}), config, core);
}

}  // namespace orrery::models::timeseries
