#include "core/models/timeseries/patch_heads.h"

#include "core/base/error.h"

namespace orrery::models::timeseries {
namespace {

/// Adds the parameters of a distribution under "name.0", "name.1", …
void addParameters(TensorMap& outputs, const std::string& name,
                   const std::vector<at::Tensor>& parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i)
    outputs[name + "." + std::to_string(i)] = parameters[i];
}

}  // namespace

SeriesHead::SeriesHead(const nn::Weights& weights, const PatchConfig& config, std::int64_t in,
                       std::int64_t out)
    : range_(config.range) {
  if (config.likelihood) {
    kind_ = distributionKind(config.distribution);
    distribution_ = DistributionHead(weights, *kind_, in, out);
  } else {
    linear_ = nn::Linear(weights, in, out, nn::Linear::Bias::kRequired);
  }
}

TensorMap SeriesHead::forecast(const at::Tensor& features, const PatchedSeries& series,
                               const at::Tensor& future,
                               const std::vector<std::int64_t>& only) const {
  const at::Tensor chosen = at::tensor(only, at::kLong);
  const auto pick = [&](const at::Tensor& x) {
    return only.empty() || !x.defined() ? x : x.index_select(-1, chosen);
  };
  const at::Tensor loc = pick(series.loc), scale = pick(series.scale), target = pick(future);
  TensorMap outputs{{"loc", loc}, {"scale", scale}};
  if (!kind_) {
    const at::Tensor values = pick(linear_(features).transpose(1, 2)) * scale + loc;
    outputs["prediction_outputs"] = values;
    if (target.defined()) outputs["loss"] = at::mse_loss(values, target);
    return outputs;
  }
  std::vector<at::Tensor> parameters = distribution_.parameters(features);
  for (at::Tensor& parameter : parameters) parameter = pick(parameter.transpose(-1, -2));
  const Distribution distribution(*kind_, parameters, loc, scale, /*joint=*/true);
  addParameters(outputs, "prediction_outputs", distribution.parameters());
  if (target.defined()) outputs["loss"] = -distribution.logProb(target).mean();
  return outputs;
}

TensorMap SeriesHead::regress(const at::Tensor& features, const at::Tensor& target) const {
  if (!kind_) {
    at::Tensor values = linear_(features);
    if (!range_.empty()) values = at::sigmoid(values) * (range_[1] - range_[0]) + range_[0];
    TensorMap outputs{{"regression_outputs", values}};
    if (target.defined()) outputs["loss"] = at::mse_loss(values, target);
    return outputs;
  }
  TensorMap outputs;
  const auto parameters = distribution_.parameters(features);
  const bool joint = parameters[0].dim() > 1;
  addParameters(outputs, "regression_outputs", parameters);
  if (target.defined())
    outputs["loss"] = -Distribution(*kind_, parameters, {}, {}, joint)
                           .logProb(joint ? target : target.flatten())
                           .mean();
  return outputs;
}

TensorMap classified(const char* name, const at::Tensor& logits, const TensorMap& inputs) {
  TensorMap outputs{{name, logits}};
  const at::Tensor target = inputIf(inputs, "target_values");
  if (!target.defined()) return outputs;
  if (target.dim() != 1 || target.size(0) != logits.size(0))
    throw Error(ErrorKind::kInvalidInput, "expected one class for each of {} series, found {}",
                logits.size(0), nn::shapeText(target.sizes().vec()))
        .in("input \"target_values\"");
  const at::Tensor classes = target.to(at::kLong);
  if (classes.numel() > 0 && (classes.min().item<std::int64_t>() < 0 ||
                              classes.max().item<std::int64_t>() >= logits.size(1)))
    throw Error(ErrorKind::kInvalidInput, "expected classes from 0 to {}", logits.size(1) - 1)
        .in("input \"target_values\"");
  outputs["loss"] = at::cross_entropy_loss(logits, classes);
  return outputs;
}

}  // namespace orrery::models::timeseries
