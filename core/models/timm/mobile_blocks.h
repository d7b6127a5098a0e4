#pragma once

#include "core/models/timm/layers.h"

/// The blocks of timm's efficientnet family.
namespace orrery::models::timm {

/// What all blocks of one model have in common.
struct MobileCommon {
  Kind norm, antialiasing, act;
  Kind squeeze;                                   ///< the channel attention of blocks that have one
  Kind squeezeAct, squeezeGate, squeezeRounding;  ///< its options
  std::string padding;
  Kind rounding;  ///< round_channels with its arguments
  bool squeezeFromExpanded = false;
  bool layerScale = false;

  std::int64_t round(std::int64_t channels) const;
};

/// One block's place in the chain and its arguments.
struct MobileBlock {
  JsonField arguments;
  std::int64_t in = 0, out = 0, stride = 1, dilation = 1;
  /// Blocks that work on 2×2 pixels as channels (timm's s2d): 0 not, 1 the first, 2 within.
  int spaceToDepth = 0;
  double expansion = 1;
};

/// The layer of a block of the type that `arguments` name: ir, ds, dsa, er, cn, uir, mqa, mha.
Layer mobileBlock(const Scope& scope, const MobileBlock& block, const MobileCommon& common);

/// The attention blocks among them.
Layer mobileAttention(const Scope& scope, const MobileBlock& block, const MobileCommon& common,
                      bool multiQuery);

}  // namespace orrery::models::timm
