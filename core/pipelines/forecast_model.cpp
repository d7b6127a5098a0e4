#include "core/pipelines/forecast_model.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/models/timeseries/distributions.h"
#include "core/models/timeseries/timesfm_config.h"
#include "core/models/timeseries/trajectories.h"
#include "core/models/timeseries/transformer_config.h"

namespace orrery::pipelines {

ForecastModel::ForecastModel(PipelineParts parts) : parts_(std::move(parts)) {}

namespace {

using models::TensorMap;
using models::timeseries::TrajectorySampler;

/// Mean and quantiles, linear between draws, of draws [batch, count, …].
ForecastTensors fromDraws(const at::Tensor& drawn, const std::vector<double>& levels) {
  ForecastTensors result;
  result.draws = drawn.transpose(0, 1).contiguous();
  result.point = result.draws.mean(0);
  const at::Tensor sorted = std::get<0>(result.draws.sort(0));
  std::vector<at::Tensor> quantiles;
  for (const double level : levels) {
    const double place = level * static_cast<double>(sorted.size(0) - 1);
    const auto below = static_cast<std::int64_t>(place);
    const std::int64_t above = std::min(below + 1, sorted.size(0) - 1);
    quantiles.push_back(at::lerp(sorted.select(0, below), sorted.select(0, above),
                                 place - static_cast<double>(below)));
  }
  if (!quantiles.empty()) result.quantiles = at::stack(quantiles);
  return result;
}

/// What a model with a distribution over the future draws [batch, count, …].
at::Tensor draw(const TrajectorySampler& sampler, const TensorMap& inputs,
                const ForecastQuestion& question) {
  return sampler.sample(inputs, question.draws.value_or(sampler.usualCount()),
                        at::make_generator<at::CPUGeneratorImpl>(question.seed));
}

/// time_series_transformer, informer, autoformer.
class TransformerForecaster : public ForecastModel {
 public:
  explicit TransformerForecaster(PipelineParts parts) : ForecastModel(std::move(parts)) {
    const auto config = models::timeseries::TransformerConfig::read(
        JsonField(parts_.checkpoint.config, "config.json"));
    leastPast_ = mostPast_ = config.pastLength();
    horizon_ = config.prediction;
    variates_ = config.variates > 1 ? config.variates : 0;
    timeFeatures_ = config.timeFeatures;
    covariates_ = config.dynamicReal;
    staticCategories_ = config.staticCategories;
    staticReals_ = config.staticReal;
    takesFeatures_ = true;
  }
  ForecastTensors forecast(const TensorMap& inputs,
                           const ForecastQuestion& question) const override {
    const auto& sampler = dynamic_cast<const TrajectorySampler&>(*parts_.model);
    return fromDraws(draw(sampler, inputs, question), question.levels);
  }
};

/// timesfm: quantiles between those that the model was trained for.
class TimesFmForecaster : public ForecastModel {
 public:
  explicit TimesFmForecaster(PipelineParts parts) : ForecastModel(std::move(parts)) {
    const auto config =
        models::timeseries::TimesFmConfig::read(JsonField(parts_.checkpoint.config, "config.json"));
    mostPast_ = config.context;
    horizon_ = config.horizon;
    known_ = config.quantiles;
    takesGaps_ = false;
  }
  ForecastTensors forecast(const TensorMap& inputs,
                           const ForecastQuestion& question) const override {
    const at::NoGradGuard noGrad;
    const TensorMap outputs = parts_.model->forward({{"past_values", inputs.at("past_values")}});
    const at::Tensor full = outputs.at("full_predictions");  // [batch, steps, 1 + quantiles]
    ForecastTensors result{.point = outputs.at("mean_predictions"), .quantiles = {}, .draws = {}};
    std::vector<at::Tensor> quantiles;
    for (const double level : question.levels) quantiles.push_back(quantileOf(level, full));
    if (!quantiles.empty()) result.quantiles = at::stack(quantiles);
    return result;
  }

 private:
  at::Tensor quantileOf(double level, const at::Tensor& full) const {
    for (std::size_t i = 0; i < known_.size(); ++i) {
      const auto column = static_cast<std::int64_t>(i) + 1;
      if (std::abs(known_[i] - level) < 1e-6) return full.select(2, column);
      if (i == 0 || known_[i] < level || known_[i - 1] > level) continue;
      const double share = (level - known_[i - 1]) / (known_[i] - known_[i - 1]);
      return full.select(2, column - 1) * (1 - share) + full.select(2, column) * share;
    }
    throw Error(ErrorKind::kInvalidInput,
                "options.quantiles: {} is not within those of the model, {}", level,
                fmt::join(known_, ", "));
  }

  std::vector<double> known_;
};

/// patchtst and patchtsmixer: points, or a distribution where they were trained with one.
class PatchForecaster : public ForecastModel {
 public:
  explicit PatchForecaster(PipelineParts parts) : ForecastModel(std::move(parts)) {
    const JsonField config(parts_.checkpoint.config, "config.json");
    leastPast_ = mostPast_ = config.get("context_length", std::int64_t{32});
    horizon_ = config.get("prediction_length", std::int64_t{24});
    const auto channels = config.get("num_input_channels", std::int64_t{1});
    variates_ = channels > 1 ? channels : 0;
    distribution_ = config.get<std::string>("distribution_output", "student_t");
    const bool mixer = config.require<std::string>("model_type") == "patchtsmixer";
    maskName_ = mixer ? "observed_mask" : "past_observed_mask";
    usualDraws_ = config.get("num_parallel_samples", std::int64_t{100});
  }
  ForecastTensors forecast(const TensorMap& given,
                           const ForecastQuestion& question) const override {
    const at::NoGradGuard noGrad;
    const auto deep = [](const at::Tensor& x) { return x.dim() == 2 ? x.unsqueeze(2) : x; };
    const TensorMap outputs =
        parts_.model->forward({{"past_values", deep(given.at("past_values"))},
                               {maskName_, deep(given.at("past_observed_mask"))}});
    const auto shaped = [&](const at::Tensor& x) { return variates_ == 0 ? x.squeeze(-1) : x; };
    if (const auto point = outputs.find("prediction_outputs"); point != outputs.end())
      return {.point = shaped(point->second), .quantiles = {}, .draws = {}};
    return fromDraws(shaped(draws(outputs, question)), question.levels);
  }

 private:
  /// [batch, count, steps, variates].
  at::Tensor draws(const TensorMap& outputs, const ForecastQuestion& question) const {
    using models::timeseries::DistributionKind;
    std::vector<at::Tensor> parameters, drawn;
    for (int i = 0; outputs.contains(fmt::format("prediction_outputs.{}", i)); ++i)
      parameters.push_back(outputs.at(fmt::format("prediction_outputs.{}", i)));
    const auto kind = models::timeseries::distributionKind(distribution_);
    const bool counts =
        kind == DistributionKind::kNegativeBinomial;  // these have the scale in them
    const models::timeseries::Distribution distribution(
        kind, parameters, counts ? at::Tensor() : outputs.at("loc"),
        counts ? at::Tensor() : outputs.at("scale"));
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(question.seed);
    for (std::int64_t i = 0; i < question.draws.value_or(usualDraws_); ++i)
      drawn.push_back(distribution.sample(generator));
    return at::stack(drawn, 1);
  }

  std::string distribution_, maskName_;
  std::int64_t usualDraws_ = 100;
};

}  // namespace

std::unique_ptr<ForecastModel> forecastModel(PipelineParts parts) {
  const auto type = parts.checkpoint.config.value("model_type", std::string());
  if (type == "timesfm") return std::make_unique<TimesFmForecaster>(std::move(parts));
  if (type == "patchtst" || type == "patchtsmixer")
    return std::make_unique<PatchForecaster>(std::move(parts));
  return std::make_unique<TransformerForecaster>(std::move(parts));
}

}  // namespace orrery::pipelines
