#pragma once

#include <array>

#include "core/models/text/classic_config.h"
#include "core/models/text/cross_decoder.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"
#include "core/nn/rotary.h"

namespace orrery::models::text {

/// The matrix `name` of a classic decoder; the name may have dots: "attn.c_attn".
nn::Linear classicLinear(const nn::Weights& weights, const char* name, const ClassicConfig& config,
                         std::int64_t in, std::int64_t out, bool bias);

/// What the layers of a classic decoder share in one pass.
struct ClassicPass {
  const nn::Step& step;
  const CrossCache& cross;  ///< empty: nothing to look at but the tokens
  const nn::Rotary* rotary = nullptr;
  nn::RotaryAngles angles = {};
};

/// Attention of a token to itself and those before it.
class ClassicAttention {
 public:
  ClassicAttention(const nn::Weights& weights, const ClassicConfig& config, std::int64_t layer);
  /// x [batch, time, hidden] → the same shape.
  at::Tensor operator()(const at::Tensor& x, const ClassicPass& pass) const;

 private:
  std::array<at::Tensor, 3> project(const at::Tensor& x) const;

  std::int64_t heads_;
  ClassicConfig::Fused fused_;
  std::int64_t layer_;
  nn::Linear qkv_, q_, k_, v_, out_;
  nn::AttentionOptions options_;
};

/// Attention to what an encoder made of its input.
class ClassicCrossAttention {
 public:
  ClassicCrossAttention() = default;
  ClassicCrossAttention(const nn::Weights& weights, const ClassicConfig& config,
                        std::int64_t layer);
  /// Keys and values of encoded [batch, keys, crossHidden].
  CrossLayer cache(const at::Tensor& encoded) const;
  /// x [batch, time, hidden] → the same shape; a cache of one row serves them all. Observed as
  /// "layers.3.cross_attention" [batch, heads, time, keys].
  at::Tensor operator()(const at::Tensor& x, const ClassicPass& pass) const;

 private:
  std::int64_t heads_ = 1, layer_ = 0;
  nn::Linear query_, key_, value_, keyValue_, out_;
  nn::AttentionOptions options_;
};

}  // namespace orrery::models::text
