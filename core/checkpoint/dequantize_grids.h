#pragma once

#include <cstdint>

/// Code books of GGUF's IQ types. A number holds the codes of one entry, the first in its lowest
/// bits; what value a code stands for is the type's business.
namespace orrery::checkpoint::grids {

extern const std::uint16_t kIq2Xxs[256];  ///< 8 codes of 2 bits
extern const std::uint16_t kIq2Xs[512];   ///< 8 codes of 2 bits
extern const std::uint16_t kIq2S[1024];   ///< 8 codes of 2 bits
extern const std::uint16_t kIq1[2048];    ///< 8 codes of 2 bits
extern const std::uint16_t kIq3Xxs[256];  ///< 4 codes of 4 bits
extern const std::uint16_t kIq3S[512];    ///< 4 codes of 4 bits

}  // namespace orrery::checkpoint::grids
