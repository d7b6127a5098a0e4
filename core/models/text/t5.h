#pragma once

#include "core/models/text/cross_decoder.h"
#include "core/models/text/t5_config.h"
#include "core/nn/activation.h"
#include "core/nn/norm.h"
#include "core/nn/relative_bias.h"

namespace orrery::models::text {

/// One of T5's two stacks (Raffel et al. 2020): RMS norms before each part, no scaling of scores,
/// and a bias by distance that the first layer holds for all.
class T5Stack {
 public:
  T5Stack(const nn::Weights& weights, const T5Config& config, bool decoder);
  ~T5Stack();
  T5Stack(T5Stack&&) noexcept;

  /// The encoder: x [batch, time, hidden], attentionMask [batch, time] or undefined.
  at::Tensor encode(at::Tensor x, const at::Tensor& attentionMask,
                    const nn::Observer* observer) const;

  /// The decoder: `crossMask` additive or undefined; appends to the caches of `step` if it has any.
  at::Tensor decode(at::Tensor x, const CrossCache& cross, const at::Tensor& crossMask,
                    const nn::Step& step) const;

  CrossCache crossCache(const at::Tensor& encoded) const;

 private:
  class Block;
  at::Tensor selfMask(std::int64_t time, const nn::Step& step) const;

  nn::RelativeBias bias_;
  std::vector<Block> blocks_;
  nn::RmsNorm norm_;
};

}  // namespace orrery::models::text
