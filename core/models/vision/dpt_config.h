#pragma once

#include <optional>

#include "core/models/vision/vision_config.h"
#include "core/models/vision/vit_config.h"

namespace orrery::models::vision {

/// How hidden states become a pyramid of maps and one map of them all: the neck of DPT.
struct DptNeckConfig {
  enum class Readout { kIgnore, kAdd, kProject };  ///< what the class token tells the others

  /// How many of the hidden states, from the first, are maps. The others are tokens, of which the
  /// neck makes maps.
  std::size_t maps = 0;
  Readout readout = Readout::kIgnore;
  std::string readoutActivation;
  std::vector<double> factors;          ///< how many times larger each map becomes
  std::vector<std::int64_t> hidden;     ///< channels of each map
  std::int64_t fusionHidden = 0;        ///< channels of the one map
  bool batchNorm = false, bias = true;  ///< of the residual layers
  bool resizeToNext = false;   ///< each fused map gets the size of the next one; else twice its own
  std::int64_t headIndex = 0;  ///< the fused map that the head looks at
};

/// DPT and Depth Anything. A config's fields, by transformers' names and with its defaults.
struct DptConfig {
  std::string modelType;
  std::optional<VitConfig> vit;  ///< DPT's own encoder; none where a backbone stands for it
  bool hybrid = false;           ///< a backbone makes the patches that the encoder looks at
  DptNeckConfig neck;
  std::int64_t labels = 2;

  bool projection = false;  ///< DPT: a convolution before the depth head

  // Depth Anything
  std::int64_t patch = 14, reassembleHidden = 384, headHidden = 32;
  bool metric = false;
  double maxDepth = 1;

  static DptConfig read(const JsonField& config);
};

/// The backbone_config of a hybrid, or what stands for one that is not there.
Json hybridBackbone(const JsonField& config);

ModelShape dptShape(const JsonField& config);

}  // namespace orrery::models::vision
