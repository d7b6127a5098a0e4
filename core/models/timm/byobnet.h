#pragma once

#include "core/models/timm/layers.h"

/// Parts of timm's ByobNet, a network whose blocks its arguments list.
namespace orrery::models::timm {

/// What all blocks of one ByobNet have in common.
struct ByobCommon {
  Kind norm, antialiasing;
  Act act = nullptr;
  std::string down;  ///< the shortcut where shapes differ: avg, conv1x1, "" for none

  /// timm's ConvNormAct: weights in "conv" and "bn".
  Layer convolve(const Scope& scope, std::int64_t in, std::int64_t out, const ConvSpec& spec,
                 bool withAct = true) const;
};

/// One block's place in the chain.
struct ByobBlock {
  std::int64_t in = 0, out = 0, stride = 1, firstDilation = 1, dilation = 1;
  std::int64_t groupSize = 0;  ///< 0: one group
  double ratio = 1;
  JsonField options;  ///< block_kwargs
  Kind attention;     ///< channel attention; empty: none

  std::int64_t groups(std::int64_t channels) const {
    return groupSize > 0 ? channels / groupSize : 1;
  }
};

/// The blocks of MobileViT (Mehta & Rastegari 2022) and its second version.
Layer mobileVitBlock(const Scope& scope, const ByobBlock& block, const ByobCommon& common);
Layer mobileVitV2Block(const Scope& scope, const ByobBlock& block, const ByobCommon& common);

}  // namespace orrery::models::timm
