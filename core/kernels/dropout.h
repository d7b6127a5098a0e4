#pragma once

#include <cstdint>

namespace orrery::kernels {

/// y[i] = x[i] * scale where a hash of i and the seed is `threshold` or more, 0 elsewhere: the same
/// places for the same seed, so that a gradient needs no memory of them. y may be x.
struct Dropout {
  std::uint64_t seed;
  std::uint32_t threshold;  ///< the share that is dropped, of 2^32
  float scale;
};

/// Shared out over the thread pool; the result does not depend on how.
void dropout(const Dropout& dropout, const float* x, std::int64_t count, float* y);

/// In each instruction set: elements `begin`, a multiple of 16, to `end`.
using DropoutFn = void (*)(const Dropout& dropout, const float* x, std::int64_t begin,
                           std::int64_t end, float* y);

namespace generic {
DropoutFn dropoutKernel();
}  // namespace generic
namespace avx2 {
DropoutFn dropoutKernel();
}  // namespace avx2
namespace avx512 {
DropoutFn dropoutKernel();
}  // namespace avx512

}  // namespace orrery::kernels
