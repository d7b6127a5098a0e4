#pragma once

#include <string_view>
#include <vector>

namespace orrery::kernels {

/// The instruction sets there are kernels for. Each is complete: a call runs wholly on one of them.
enum class Isa {
  kGeneric,  ///< plain C++, any processor; what the others are tested against
  kAvx2,     ///< AVX2, FMA, F16C
  kAvx512,   ///< AVX-512 F, BW, VL, DQ, VNNI, VBMI and BF16
};

/// "generic", "avx2", "avx512".
std::string_view isaName(Isa isa);

/// Those this processor has, from the plainest to the best.
std::vector<Isa> availableIsas();

/// The one in use: the best there is, unless useIsa() chose another.
Isa activeIsa();

/// Switches all kernels, between calls only; for tests and comparisons. Throws an Error
/// (kUnsupported) if the processor lacks it.
void useIsa(Isa isa);

}  // namespace orrery::kernels
