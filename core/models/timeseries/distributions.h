#pragma once

#include <optional>
#include <string>

#include "core/nn/linear.h"

/// Distributions that a model puts over future values, each scaled as the series was.
namespace orrery::models::timeseries {

enum class DistributionKind { kStudentT, kNormal, kNegativeBinomial };

/// "student_t", "normal" or "negative_binomial"; an Error lists them.
DistributionKind distributionKind(const std::string& name);

/// What the parameters of one kind mean: Student t: degrees of freedom, location, scale; normal:
/// location, scale; negative binomial: total count, log odds.
class Distribution {
 public:
  /// `parameters` [batch, steps(, variates)] each, in their domain. The values are those of the
  /// distribution times `scale` plus `loc`, both broadcastable to them or undefined; a negative
  /// binomial's counts stay whole: its rate is scaled instead, and `loc` plays no part. `joint`:
  /// the values of the last dimension are one event.
  Distribution(DistributionKind kind, std::vector<at::Tensor> parameters, at::Tensor loc,
               at::Tensor scale, bool joint = false);

  /// The log-likelihood of each value, of each event where these are joint. An Error where a
  /// negative binomial is asked for what is no count.
  at::Tensor logProb(const at::Tensor& values) const;
  at::Tensor mean() const;
  /// Values from `generator`, as torch.distributions would draw them from it; from LibTorch's own
  /// if it is none. No gradients.
  at::Tensor sample(const std::optional<at::Generator>& generator) const;
  /// The parameters; a negative binomial's log odds with the scale in them.
  const std::vector<at::Tensor>& parameters() const { return parameters_; }

 private:
  at::Tensor baseLogProb(const at::Tensor& x) const;
  at::Tensor baseSample(const std::optional<at::Generator>& generator) const;

  DistributionKind kind_;
  std::vector<at::Tensor> parameters_;
  at::Tensor loc_, scale_;
  bool joint_ = false;
};

/// The layers that give the parameters.
class DistributionHead {
 public:
  DistributionHead() = default;
  /// Takes `weights` / "proj" / 0, …: `dim` of each parameter from `in` numbers.
  DistributionHead(const nn::Weights& weights, DistributionKind kind, std::int64_t in,
                   std::int64_t dim);

  /// x [..., in] → each parameter [..., dim], or [...] where that is 1.
  std::vector<at::Tensor> parameters(const at::Tensor& x) const;
  Distribution distribution(const at::Tensor& x, const at::Tensor& loc = {},
                            const at::Tensor& scale = {}) const;

 private:
  DistributionKind kind_ = DistributionKind::kStudentT;
  std::int64_t dim_ = 1;
  std::vector<nn::Linear> projections_;
};

}  // namespace orrery::models::timeseries
