#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/protocol/library.h"

namespace orrery::cli {

/// Whether a model fits the memory that this machine can give now, with the weights as stored.
struct Fit {
  std::string kind;                 ///< "fits", "tight" or "does_not_fit"
  std::int64_t totalBytes = 0;      ///< at `contextTokens`
  std::int64_t contextTokens = 0;   ///< reckoned for: the model's own, at most 4096
  std::int64_t longestContext = 0;  ///< that still fits, up to the model's own; 0: none
  std::int64_t availableBytes = 0;

  Json toJson() const;
};

/// With the weights as stored; by protocol::fitKind.
Fit judgeFit(const protocol::InspectResult& model);

struct PrecisionFit {
  std::string dtype;  ///< "auto": as stored, "float32", …
  Fit fit;

  Json toJson() const;
};

/// The same in each precision that `model` has estimates for.
std::vector<PrecisionFit> judgePrecisions(const protocol::InspectResult& model);

}  // namespace orrery::cli
