#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "core/base/json.h"
#include "core/kernels/rotate.h"

namespace orrery::nn {

/// Cosines and sines for the positions of one pass, [batch, time, dim] float32.
struct RotaryAngles {
  at::Tensor cos, sin;
};

/// Rotates the first angles.cos.size(-1) dimensions of x [batch, heads, time, headDim] float32; the
/// others pass unchanged. x is overwritten where it lies as a projection leaves it, [batch, time,
/// heads, headDim].
at::Tensor rotate(const at::Tensor& x, const RotaryAngles& angles, kernels::RotaryPairs pairing);

/// Frequencies of rotary position embedding (Su et al. 2021) in the variants of transformers'
/// config field rope_parameters (rope_scaling in older files): default, linear, dynamic, yarn,
/// longrope, llama3.
class Rotary {
 public:
  /// How pairs of dimensions are formed: (i, i + dim/2), or neighbours (2i, 2i + 1).
  using Pairing = kernels::RotaryPairs;

  Rotary() = default;
  /// `config` is the model's config.json, `parameters` its rope_parameters object (or one layer
  /// type's part of it), `headDim` the head size; partial_rotary_factor is read from either.
  Rotary(const JsonField& config, const JsonField& parameters, std::int64_t headDim,
         Pairing pairing = Pairing::kHalves);

  /// positions [batch, time] int64, or [sections, batch, time] where `parameters` has an
  /// mrope_section: each section of the frequencies then turns by its own positions, in cycles.
  /// `length` is the sequence length that dynamic variants look at.
  RotaryAngles angles(const at::Tensor& positions, std::int64_t length) const;

  /// rotate() with this pairing, over the first `dim()` dimensions.
  at::Tensor apply(const at::Tensor& x, const RotaryAngles& angles) const {
    return rotate(x, angles, pairing_);
  }

  std::int64_t dim() const { return dim_; }

 private:
  void makeYarn(const JsonField& parameters, double maxPositions);
  void makeLongRope(const JsonField& parameters, double maxPositions);
  void makeLlama3(const JsonField& parameters);
  at::Tensor dynamicFrequencies(std::int64_t length) const;
  at::Tensor bySection(const at::Tensor& angle) const;

  std::int64_t dim_ = 0;
  double theta_ = 10000;
  double factor_ = 1;
  double maxPositions_ = 0;       ///< for dynamic
  std::int64_t originalMax_ = 0;  ///< for longrope: above it the long factors hold
  bool dynamic_ = false;
  Pairing pairing_ = Pairing::kHalves;
  double attentionFactor_ = 1;
  at::Tensor inverse_;                  ///< [dim / 2]
  at::Tensor longInverse_;              ///< of longrope
  std::vector<std::int64_t> sections_;  ///< widths, dim / 2 together; empty: none
};

}  // namespace orrery::nn
