#include "core/models/timeseries/distributions.h"

#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/error.h"

namespace orrery::models::timeseries {
namespace {

std::size_t parameterCount(DistributionKind kind) {
  return kind == DistributionKind::kStudentT ? 3 : 2;
}

/// Onto the positive numbers: (x + sqrt(x² + 4)) / 2.
at::Tensor squarePlus(const at::Tensor& x) {
  return (x + at::sqrt(at::square(x) + 4.0)) / 2.0;
}

at::Tensor positiveScale(const at::Tensor& x) {
  return squarePlus(x).clamp_min(static_cast<double>(std::numeric_limits<float>::epsilon()));
}

std::vector<at::Tensor> intoDomain(DistributionKind kind, const std::vector<at::Tensor>& raw) {
  switch (kind) {
    case DistributionKind::kStudentT:
      return {2.0 + squarePlus(raw[0]), raw[1], positiveScale(raw[2])};
    case DistributionKind::kNormal:
      return {raw[0], positiveScale(raw[1])};
    case DistributionKind::kNegativeBinomial:
      return {squarePlus(raw[0]), raw[1]};
  }
  throw std::logic_error("kind of distribution");
}

at::Tensor studentLogProb(const std::vector<at::Tensor>& p, const at::Tensor& x) {
  const at::Tensor &df = p[0], &loc = p[1], &scale = p[2];
  const at::Tensor y = (x - loc) / scale;
  const at::Tensor norm = scale.log() + 0.5 * df.log() + 0.5 * std::log(std::numbers::pi) +
                          at::lgamma(0.5 * df) - at::lgamma(0.5 * (df + 1.0));
  return -0.5 * (df + 1.0) * at::log1p(y.square() / df) - norm;
}

at::Tensor normalLogProb(const std::vector<at::Tensor>& p, const at::Tensor& x) {
  const at::Tensor &loc = p[0], &scale = p[1];
  return -(x - loc).square() / (2.0 * scale.square()) - scale.log() -
         0.5 * std::log(2.0 * std::numbers::pi);
}

at::Tensor countLogProb(const std::vector<at::Tensor>& p, const at::Tensor& x) {
  const at::Tensor &total = p[0], &logits = p[1];
  if (!(x.ge(0).logical_and(x.eq(x.floor()))).all().item<bool>())
    throw Error(ErrorKind::kInvalidInput,
                "a negative binomial gives counts: expected whole numbers of 0 and more");
  const at::Tensor likely = total * at::log_sigmoid(-logits) + x * at::log_sigmoid(logits);
  const at::Tensor norm = -at::lgamma(total + x) + at::lgamma(1.0 + x) + at::lgamma(total);
  return likely - norm.masked_fill(total + x == 0.0, 0.0);
}

at::Tensor gammaSample(const at::Tensor& concentration, const at::Tensor& rate,
                       const std::optional<at::Generator>& generator) {
  return (at::_standard_gamma(concentration, generator) / rate)
      .clamp_min(static_cast<double>(std::numeric_limits<float>::min()));
}

}  // namespace

DistributionKind distributionKind(const std::string& name) {
  if (name == "student_t") return DistributionKind::kStudentT;
  if (name == "normal") return DistributionKind::kNormal;
  if (name == "negative_binomial") return DistributionKind::kNegativeBinomial;
  throw Error(ErrorKind::kUnsupported,
              "distribution_output: expected \"student_t\", \"normal\" or \"negative_binomial\", "
              "found {}",
              quoted(name));
}

Distribution::Distribution(DistributionKind kind, std::vector<at::Tensor> parameters,
                           at::Tensor loc, at::Tensor scale, bool joint)
    : kind_(kind),
      parameters_(std::move(parameters)),
      loc_(std::move(loc)),
      scale_(std::move(scale)),
      joint_(joint) {
  if (kind_ != DistributionKind::kNegativeBinomial) return;
  if (scale_.defined()) parameters_[1] = parameters_[1] + scale_.log();
  loc_ = at::Tensor();
  scale_ = at::Tensor();
}

at::Tensor Distribution::logProb(const at::Tensor& values) const {
  at::Tensor x = values;
  if (loc_.defined()) x = x - loc_;
  if (scale_.defined()) x = x / scale_;
  at::Tensor result = baseLogProb(x);
  if (scale_.defined()) result = result - scale_.abs().log();
  return joint_ ? result.sum(-1) : result;
}

at::Tensor Distribution::baseLogProb(const at::Tensor& x) const {
  if (kind_ == DistributionKind::kStudentT) return studentLogProb(parameters_, x);
  return kind_ == DistributionKind::kNormal ? normalLogProb(parameters_, x)
                                            : countLogProb(parameters_, x);
}

at::Tensor Distribution::mean() const {
  at::Tensor mean;
  if (kind_ == DistributionKind::kNegativeBinomial)
    mean = parameters_[0] * parameters_[1].exp();
  else
    mean = kind_ == DistributionKind::kStudentT ? parameters_[1] : parameters_[0];
  if (scale_.defined()) mean = mean * scale_;
  return loc_.defined() ? mean + loc_ : mean;
}

at::Tensor Distribution::sample(const std::optional<at::Generator>& generator) const {
  const at::NoGradGuard noGrad;
  at::Tensor x = baseSample(generator);
  if (scale_.defined()) x = x * scale_;
  return loc_.defined() ? x + loc_ : x;
}

at::Tensor Distribution::baseSample(const std::optional<at::Generator>& generator) const {
  const std::vector<at::Tensor>& p = parameters_;
  if (kind_ == DistributionKind::kNormal) return at::normal(p[0], p[1], generator);
  if (kind_ == DistributionKind::kNegativeBinomial)
    return at::poisson(gammaSample(p[0], at::exp(-p[1]), generator), generator);
  const at::Tensor x = at::normal(at::zeros_like(p[0]), at::ones_like(p[0]), generator);
  const at::Tensor z = gammaSample(0.5 * p[0], at::full({}, 0.5), generator);
  return p[1] + p[2] * (x * at::rsqrt(z / p[0]));
}

DistributionHead::DistributionHead(const nn::Weights& weights, DistributionKind kind,
                                   std::int64_t in, std::int64_t dim)
    : kind_(kind), dim_(dim) {
  for (std::size_t i = 0; i < parameterCount(kind); ++i)
    projections_.emplace_back(weights / "proj" / static_cast<std::int64_t>(i), in, dim,
                              nn::Linear::Bias::kRequired);
}

std::vector<at::Tensor> DistributionHead::parameters(const at::Tensor& x) const {
  std::vector<at::Tensor> raw;
  for (const nn::Linear& projection : projections_)
    raw.push_back(dim_ == 1 ? projection(x).squeeze(-1) : projection(x));
  return intoDomain(kind_, raw);
}

Distribution DistributionHead::distribution(const at::Tensor& x, const at::Tensor& loc,
                                            const at::Tensor& scale) const {
  return {kind_, parameters(x), loc, scale, /*joint=*/dim_ > 1};
}

}  // namespace orrery::models::timeseries
