#include "core/models/timeseries/patch_parts.h"

#include <cmath>

#include "core/base/error.h"
#include "core/models/timeseries/scalers.h"
#include "core/nn/attention.h"
#include "core/nn/short_attention.h"
#include "core/nn/training_pass.h"

namespace orrery::models::timeseries {
namespace {

using Bias = nn::Linear::Bias;

Error wrongShape(const char* name, const nn::Shape& found, const std::string& expected) {
  return Error(ErrorKind::kInvalidInput, "expected {}, found {}", expected, nn::shapeText(found))
      .in("input " + quoted(name));
}

Scaler scalerOf(const PatchConfig& config) {
  TransformerConfig c;
  c.scaling = config.scaling;
  c.minimumScale = config.minimumScale;
  c.defaultScale = config.defaultScale;
  return Scaler(c);
}

}  // namespace

PatchedSeries patchSeries(const PatchConfig& config, const TensorMap& inputs,
                          const char* maskName) {
  const at::Tensor past = requireInput(inputs, "past_values").to(at::kFloat);
  if (past.dim() != 3 || past.size(0) == 0 || past.size(1) != config.context ||
      past.size(2) != config.channels)
    throw wrongShape("past_values", past.sizes().vec(),
                     fmt::format("[batch, {}, {}]", config.context, config.channels));
  at::Tensor observed = targetOf(inputs, maskName, past.sizes().vec());
  if (!observed.defined()) observed = at::ones_like(past);
  const Scale size = scalerOf(config)(past, observed);
  const std::int64_t used = config.patch + config.stride * (config.patches() - 1);
  at::Tensor patches = ((past - size.loc) / size.scale)
                           .narrow(1, config.context - used, used)
                           .unfold(1, config.patch, config.stride)
                           .transpose(1, 2)
                           .contiguous();
  return {patches, size.loc, size.scale};
}

at::Tensor targetOf(const TensorMap& inputs, const char* name, const nn::Shape& shape) {
  const at::Tensor value = inputIf(inputs, name);
  if (!value.defined()) return {};
  if (value.sizes() != at::IntArrayRef(shape))
    throw wrongShape(name, value.sizes().vec(), nn::shapeText(shape));
  return value.to(at::kFloat);
}

at::Tensor positionsOf(const nn::Weights& weights, const PatchConfig& config, std::int64_t places,
                       double deviation) {
  const nn::Shape shape{places, config.hidden};
  if (config.positions == PatchConfig::Positions::kRandom)
    return weights.tensor("position_enc", shape,
                          [deviation](at::Tensor& value, const at::Generator& generator) {
                            value.normal_(0, deviation, generator);
                          });
  return weights.buffer("position_enc", shape, [](at::Tensor& value, const at::Generator&) {
    const std::int64_t hidden = value.size(1);
    const at::Tensor place = at::arange(value.size(0), at::kFloat).unsqueeze(1);
    const at::Tensor rate = at::exp(at::arange(0, hidden, 2, at::kFloat) *
                                    (-std::log(10000.0) / static_cast<double>(hidden)));
    const at::Tensor angle = place * rate;
    at::Tensor table = at::stack({angle.sin(), angle.cos()}, -1).flatten(1);
    table = table - table.mean();
    value.copy_(table / (table.std() * 10));
  });
}

PatchNorm::PatchNorm(const nn::Weights& weights, const PatchConfig& config, bool batchNorm)
    : ofBatch_(batchNorm) {
  if (batchNorm)
    batch_ = nn::SequenceBatchNorm(weights / "batchnorm", config.hidden, config.epsilon);
  else
    layer_ = nn::LayerNorm(weights, config.hidden, config.epsilon);
}

at::Tensor PatchNorm::operator()(const at::Tensor& x, const nn::TrainingPass* pass) const {
  return ofBatch_ ? batch_(x, pass) : layer_(x);
}

PatchAttention::PatchAttention(const nn::Weights& weights, std::int64_t hidden, std::int64_t heads,
                               double dropout)
    : q_(weights / "q_proj", hidden, hidden, Bias::kRequired),
      k_(weights / "k_proj", hidden, hidden, Bias::kRequired),
      v_(weights / "v_proj", hidden, hidden, Bias::kRequired),
      out_(weights / "out_proj", hidden, hidden, Bias::kRequired),
      heads_(heads),
      dropout_(dropout) {
  if (!weights.trains()) return;
  for (const char* name : {"q_proj", "k_proj", "v_proj"}) {
    weights_.push_back((weights / name).tensor("weight", {hidden, hidden}));
    biases_.push_back((weights / name).tensor("bias", {hidden}));
  }
}

at::Tensor PatchAttention::operator()(const at::Tensor& x, const nn::TrainingPass* pass) const {
  if (pass && dropout_ == 0) {
    const double scale = std::sqrt(static_cast<double>(heads_) / static_cast<double>(x.size(-1)));
    const at::Tensor qkv = at::linear(x, at::cat(weights_), at::cat(biases_)).to(at::kFloat);
    return out_(nn::trainedAttention(qkv, heads_, scale));
  }
  const auto parts = nn::Linear::together({&q_, &k_, &v_}, x);
  const auto split = [&](const at::Tensor& part) {
    return part.view({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  };
  const at::Tensor q = split(parts[0]), k = split(parts[1]), v = split(parts[2]);
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(3)));
  return out_(nn::attendDropping(q, k, v, {}, scale, dropout_, pass));
}

}  // namespace orrery::models::timeseries
