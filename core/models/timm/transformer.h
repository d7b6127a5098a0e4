#pragma once

#include "core/models/timm/layers.h"

/// Parts that timm's transformers and mixers share. x is [batch, tokens, dim] unless it says else.
namespace orrery::models::timm {

/// A norm over the last dimension as a model's arguments choose it.
struct Norm {
  Kind kind{"layernorm"};
  double eps = 1e-6;  ///< where the kind does not say

  Layer operator()(const Scope& scope, std::int64_t dim) const {
    return normLast(scope, dim, kind, eps);
  }
};

/// timm's Mlp, SwiGLU, GluMlp.
struct MlpSpec {
  std::int64_t in = 0, hidden = 0;
  Kind kind{"mlp"};
  Act act = nullptr;  ///< null: gelu, or the kind's own
  const Norm* norm = nullptr;
  bool bias = true;
};
Layer mlp(const Scope& scope, const MlpSpec& spec);

/// x + body(norm(x)) * gamma; `gamma` may be undefined.
Layer residual(Layer norm, Layer body, at::Tensor gamma = {});
/// LayerScale's `gamma` [dim], or undefined where there is none.
at::Tensor layerScale(const Scope& scope, std::int64_t dim, bool present);

struct AttentionSpec {
  std::int64_t dim = 0, heads = 1;
  bool qkvBias = true, projBias = true, qkNorm = false, scaleNorm = false;
  Norm norm;
};
/// Self-attention with one matrix for queries, keys and values.
Layer selfAttention(const Scope& scope, const AttentionSpec& spec);
/// The same as the difference of two maps (Ye et al. 2024); `depth` is the block's index.
Layer differentialAttention(const Scope& scope, const AttentionSpec& spec, std::int64_t depth);

/// [batch, tokens, n * heads * dim] → n tensors [batch, heads, tokens, dim].
std::vector<at::Tensor> splitHeads(const at::Tensor& x, std::int64_t parts, std::int64_t heads);

/// The weight of the second map that differential attention subtracts, and the factor after it.
struct Lambda {
  Lambda(const Scope& scope, std::int64_t headDim, std::int64_t depth);
  double full = 0, initial = 0;
};
/// q1 k1 v - lambda q2 k2 v, normalised: [batch, tokens, dim]. q and k hold both halves.
at::Tensor attendTwice(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                       const Layer& norm, const Lambda& lambda);

/// Row of a table of biases by distance for each pair of places in a map of `size`: [places,
/// places], int64.
at::Tensor relativeIndex(const std::array<std::int64_t, 2>& size);
/// The rows `index` [tokens, tokens] of `table` [distances, heads]: [1, heads, tokens, tokens].
at::Tensor positionBias(const at::Tensor& table, const at::Tensor& index);

/// A picture of a fixed size as tokens: timm's PatchEmbed.
class PatchEmbed {
 public:
  enum class Sides { kFixed, kAny };
  using Size = std::array<std::int64_t, 2>;

  PatchEmbed() = default;
  PatchEmbed(const Scope& scope, const JsonField& arguments, std::int64_t patch, std::int64_t dim,
             bool bias, Sides sides = Sides::kFixed);

  /// x [batch, channels, height, width] → [batch, dim, rows, columns]. An Error tells if the
  /// picture has another size than the model takes.
  at::Tensor operator()(const at::Tensor& x) const;
  Size grid() const { return {image_[0] / patch_[0], image_[1] / patch_[1]}; }
  std::int64_t patches() const { return grid()[0] * grid()[1]; }

 private:
  Size image_{}, patch_{};
  Sides sides_ = Sides::kFixed;
  nn::Conv2d projection_;
};

}  // namespace orrery::models::timm
