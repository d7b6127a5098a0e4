#include "core/models/timeseries/network_inputs.h"

#include "core/base/error.h"

namespace orrery::models::timeseries {
namespace {

Error wrong(const char* name, const at::Tensor& found, const std::string& expected) {
  return Error(ErrorKind::kInvalidInput, "expected {}, found {}", expected,
               nn::shapeText(found.sizes().vec()))
      .in("input " + quoted(name));
}

at::Tensor floats(const TensorMap& inputs, const char* name) {
  const at::Tensor value = inputIf(inputs, name);
  return value.defined() ? value.to(at::kFloat) : value;
}

}  // namespace

InputNetwork::InputNetwork(const nn::Weights& weights, const TransformerConfig& config)
    : config_(config), scaler_(config) {
  for (std::size_t i = 0; i < config.cardinality.size(); ++i)
    embeddings_.emplace_back(weights / "embedder" / "embedders" / static_cast<std::int64_t>(i),
                             config.cardinality[i], config.categoryDims[i]);
}

void InputNetwork::checkSteps(const TensorMap& inputs, const char* name, std::int64_t batch,
                              std::int64_t steps) const {
  const at::Tensor value = inputIf(inputs, name);
  if (!value.defined()) return;
  const bool features = std::string_view(name).ends_with("features");
  const std::int64_t width =
      features ? config_.timeFeatures + config_.dynamicReal : config_.variates;
  const bool flat = !features && width == 1 && value.dim() == 2;
  const bool deep = (features || width > 1) && value.dim() == 3 && value.size(2) == width;
  if ((flat || deep) && value.size(0) == batch && value.size(1) == steps) return;
  std::string shape = fmt::format("[{}, {}", batch, steps);
  if (features || width > 1) shape += fmt::format(", {}", width);
  throw wrong(name, value, shape + "]");
}

void InputNetwork::check(const TensorMap& inputs) const {
  const at::Tensor past = requireInput(inputs, "past_values");
  requireInput(inputs, "past_time_features");
  if (past.dim() < 2 || past.size(0) == 0 || past.size(1) < config_.pastLength())
    throw wrong("past_values", past,
                fmt::format("[batch, {} or more steps]: the context and the longest lag before it",
                            config_.pastLength()));
  for (const char* name : {"past_values", "past_time_features", "past_observed_mask"})
    checkSteps(inputs, name, past.size(0), past.size(1));
  if (inputIf(inputs, "future_values").defined()) requireInput(inputs, "future_time_features");
  for (const char* name : {"future_values", "future_time_features", "future_observed_mask"})
    checkSteps(inputs, name, past.size(0), config_.prediction);
  const auto wide = [&](const char* name, std::int64_t width) {
    const at::Tensor value = inputIf(inputs, name);
    if (!value.defined() && width == 0) return;
    if (!value.defined()) requireInput(inputs, name);
    if (value.dim() != 2 || value.size(0) != past.size(0) || value.size(1) != width)
      throw wrong(name, value, fmt::format("[{}, {}]", past.size(0), width));
  };
  wide("static_categorical_features", config_.staticCategories);
  wide("static_real_features", config_.staticReal);
}

at::Tensor InputNetwork::lags(const at::Tensor& scaled, std::int64_t steps,
                              std::int64_t shift) const {
  std::vector<at::Tensor> values;
  for (const std::int64_t lag : config_.lags)
    values.push_back(scaled.narrow(1, scaled.size(1) - (lag - shift) - steps, steps));
  return at::stack(values, -1).reshape({scaled.size(0), steps, -1});
}

at::Tensor InputNetwork::staticFeatures(const TensorMap& inputs, const Scale& scale) const {
  std::vector<at::Tensor> parts;
  if (!embeddings_.empty()) {
    const at::Tensor ids = requireInput(inputs, "static_categorical_features").to(at::kLong);
    for (std::size_t i = 0; i < embeddings_.size(); ++i)
      parts.push_back(embeddings_[i](ids.select(1, static_cast<std::int64_t>(i))));
  }
  if (config_.staticReal > 0) parts.push_back(floats(inputs, "static_real_features"));
  parts.push_back(scale.loc.flatten(1).abs().log1p());
  parts.push_back(scale.scale.flatten(1).log());
  return at::cat(parts, 1);
}

NetworkInputs InputNetwork::operator()(const TensorMap& inputs) const {
  check(inputs);
  const at::Tensor past = floats(inputs, "past_values"), future = floats(inputs, "future_values");
  at::Tensor observed = floats(inputs, "past_observed_mask");
  if (!observed.defined()) observed = at::ones_like(past);
  const std::int64_t length = past.size(1), context = config_.context;
  NetworkInputs result;
  result.future = future.defined();
  result.scale = scaler_(past.narrow(1, length - context, context),
                         observed.narrow(1, length - context, context));
  const at::Tensor& loc = result.scale.loc;
  result.pastScaled = (past - loc) / result.scale.scale;
  result.staticFeatures = staticFeatures(inputs, result.scale);
  // As the reference has it: counted from the front, also where the past is longer than needed.
  const std::int64_t first = config_.pastLength() - context;
  at::Tensor times = floats(inputs, "past_time_features");
  times = times.narrow(1, first, times.size(1) - first);
  at::Tensor scaled = result.pastScaled;
  if (result.future) {
    times = at::cat({times, floats(inputs, "future_time_features")}, 1);
    scaled = at::cat({scaled, (future - loc) / result.scale.scale}, 1);
  }
  const std::int64_t steps = context + (result.future ? config_.prediction : 0);
  if (times.size(1) != steps)
    throw wrong("past_values", past,
                fmt::format("exactly {} steps, the context and the longest lag before it",
                            config_.pastLength()));
  result.lagged = lags(scaled, steps);
  result.features =
      at::cat({result.staticFeatures.unsqueeze(1).expand({past.size(0), steps, -1}), times}, -1);
  return result;
}

}  // namespace orrery::models::timeseries
