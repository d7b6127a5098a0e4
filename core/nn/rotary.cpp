#include "core/nn/rotary.h"

#include <cmath>
#include <numbers>

#include "core/base/error.h"

namespace orrery::nn {
namespace {

at::Tensor exponents(std::int64_t dim) {
  return at::arange(0, dim, 2, at::kFloat) / static_cast<double>(dim);
}

at::Tensor inverseFrequencies(double theta, std::int64_t dim) {
  return at::reciprocal(at::pow(at::Scalar(theta), exponents(dim)));
}

at::Tensor floatTensor(const std::vector<float>& values) {
  return at::tensor(at::ArrayRef<float>(values), at::kFloat);
}

void requireWidths(const JsonField& parameters, const std::vector<std::int64_t>& sections,
                   std::int64_t width) {
  if (sections.empty()) return;
  std::int64_t left = width;
  bool fits = true;
  for (const std::int64_t section : sections) {
    fits = fits && section >= 1 && section <= left;
    left -= fits ? section : 0;
  }
  if (!fits || left != 0)
    throw parameters["mrope_section"].error(
        fmt::format("expected widths of at least 1 that are {} together, half of a head", width));
}

}  // namespace

Rotary::Rotary(const JsonField& config, const JsonField& parameters, std::int64_t headDim,
               Pairing pairing)
    : pairing_(pairing) {
  theta_ = parameters.require<double>("rope_theta");
  const double share = parameters.get("partial_rotary_factor", 1.0);
  if (!(share > 0 && share <= 1))
    throw parameters["partial_rotary_factor"].error(
        fmt::format("expected a number above 0 and at most 1, found {}", share));
  dim_ = static_cast<std::int64_t>(static_cast<double>(headDim) * share);
  const auto type = parameters.get<std::string>("rope_type", "default");
  const double maxPositions = config.get("max_position_embeddings", 0.0);
  sections_ = parameters.get("mrope_section", sections_);
  requireWidths(parameters, sections_, dim_ / 2);
  inverse_ = inverseFrequencies(theta_, dim_);
  if (type == "yarn") {
    makeYarn(parameters, maxPositions);
  } else if (type == "longrope" || type == "su") {
    makeLongRope(parameters, maxPositions);
  } else if (type == "llama3") {
    makeLlama3(parameters);
  } else if (type == "linear") {
    inverse_ = inverse_ / parameters.require<double>("factor");
  } else if (type == "dynamic") {
    dynamic_ = true;
    factor_ = parameters.require<double>("factor");
    maxPositions_ = maxPositions;
  } else if (type != "default") {
    throw parameters["rope_type"].error(
        "expected default, linear, dynamic, yarn, longrope or llama3, found " + quoted(type));
  }
}

// Peng et al. 2023, "YaRN": high frequencies are kept, low ones interpolated, with a ramp between.
void Rotary::makeYarn(const JsonField& parameters, double maxPositions) {
  const double original = parameters.require<double>("original_max_position_embeddings");
  const double factor = parameters.get("factor", maxPositions / original);
  const auto magnitude = [](double scale, double mscale) {
    return scale <= 1 ? 1.0 : 0.1 * mscale * std::log(scale) + 1;
  };
  const double mscale = parameters.get("mscale", 0.0), all = parameters.get("mscale_all_dim", 0.0);
  const double usual = mscale != 0 && all != 0 ? magnitude(factor, mscale) / magnitude(factor, all)
                                               : magnitude(factor, 1);
  attentionFactor_ = parameters.get("attention_factor", usual);
  const auto orDefault = [](double value, double otherwise) {
    return value != 0 ? value : otherwise;
  };
  const double fast = orDefault(parameters.get("beta_fast", 32.0), 32);
  const double slow = orDefault(parameters.get("beta_slow", 1.0), 1);
  const auto dimension = [&](double rotations) {
    return static_cast<double>(dim_) * std::log(original / (rotations * 2 * std::numbers::pi)) /
           (2 * std::log(theta_));
  };
  double low = dimension(fast), high = dimension(slow);
  if (parameters.get("truncate", true)) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(dim_ - 1));
  if (low == high) high += 0.001;
  const at::Tensor kept = 1 - ((at::arange(dim_ / 2, at::kFloat) - low) / (high - low)).clamp(0, 1);
  inverse_ = inverse_ / factor * (1 - kept) + inverse_ * kept;
}

// Ding et al. 2024, "LongRoPE": one factor per frequency, another set above the original length.
void Rotary::makeLongRope(const JsonField& parameters, double maxPositions) {
  const double original = parameters.get("original_max_position_embeddings", maxPositions);
  originalMax_ = static_cast<std::int64_t>(original);
  const double factor = parameters.get("factor", maxPositions / original);
  const double usual = factor <= 1 ? 1.0 : std::sqrt(1 + std::log(factor) / std::log(original));
  attentionFactor_ = parameters.get("attention_factor", usual);
  const auto scaled = [&](const char* key) {
    const auto factors = parameters.require<std::vector<float>>(key);
    if (static_cast<std::int64_t>(factors.size()) != dim_ / 2)
      throw parameters[key].error(
          fmt::format("expected {} factors, found {}", dim_ / 2, factors.size()));
    return at::reciprocal(floatTensor(factors) * at::pow(at::Scalar(theta_), exponents(dim_)));
  };
  inverse_ = scaled("short_factor");
  longInverse_ = scaled("long_factor");
}

// Llama 3.1: long wavelengths are divided by the factor, short ones kept, those between blended.
void Rotary::makeLlama3(const JsonField& parameters) {
  const double factor = parameters.require<double>("factor");
  const double low = parameters.require<double>("low_freq_factor");
  const double high = parameters.require<double>("high_freq_factor");
  const double original = parameters.require<double>("original_max_position_embeddings");
  const at::Tensor wavelength = 2 * std::numbers::pi / inverse_;
  const at::Tensor smooth = (original / wavelength - low) / (high - low);
  const at::Tensor blended = (1 - smooth) * inverse_ / factor + smooth * inverse_;
  const at::Tensor scaled = at::where(wavelength > original / low, inverse_ / factor, inverse_);
  const at::Tensor between =
      wavelength.ge(original / high).logical_and(wavelength.le(original / low));
  inverse_ = at::where(between, blended, scaled);
}

at::Tensor Rotary::dynamicFrequencies(std::int64_t length) const {
  const double size = std::max(static_cast<double>(length), maxPositions_);
  const double d = static_cast<double>(dim_);
  const double theta =
      theta_ * std::pow(factor_ * size / maxPositions_ - (factor_ - 1), d / (d - 2));
  return inverseFrequencies(theta, dim_);
}

RotaryAngles Rotary::angles(const at::Tensor& positions, std::int64_t length) const {
  at::Tensor inverse = inverse_;
  if (dynamic_)
    inverse = dynamicFrequencies(length);
  else if (longInverse_.defined() && length > originalMax_)
    inverse = longInverse_;
  at::Tensor angle = positions.to(at::kFloat).unsqueeze(-1) * inverse;
  if (positions.dim() == 3) angle = bySection(angle);
  const at::Tensor all = pairing_ == Pairing::kHalves ? at::cat({angle, angle}, -1)
                                                      : at::repeat_interleave(angle, 2, -1);
  return {all.cos() * attentionFactor_, all.sin() * attentionFactor_};
}

/// [sections, batch, time, dim / 2] → [batch, time, dim / 2].
at::Tensor Rotary::bySection(const at::Tensor& angle) const {
  if (sections_.empty())
    throw Error(ErrorKind::kInternal, "positions of {} kinds for a rotary embedding of one",
                angle.size(0));
  std::vector<at::Tensor> parts;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    const at::Tensor kind = angle[static_cast<std::int64_t>(i) % angle.size(0)];
    parts.push_back(kind.narrow(-1, first, sections_[i]));
    first += sections_[i];
  }
  return at::cat(parts, -1);
}

at::Tensor rotate(const at::Tensor& x, const RotaryAngles& angles, kernels::RotaryPairs pairing) {
  // Projections leave a token's heads side by side: that order is turned where it lies.
  const at::Tensor byToken = x.transpose(1, 2).contiguous();
  const std::int64_t batch = byToken.size(0), time = byToken.size(1), dim = angles.cos.size(-1);
  const at::Tensor cos = angles.cos.expand({batch, time, dim}).contiguous();
  const at::Tensor sin = angles.sin.expand({batch, time, dim}).contiguous();
  kernels::rotate(byToken.data_ptr<float>(), batch * time, byToken.size(2), byToken.size(3),
                  {cos.data_ptr<float>(), sin.data_ptr<float>(), dim, pairing});
  return byToken.transpose(1, 2);
}

}  // namespace orrery::nn
