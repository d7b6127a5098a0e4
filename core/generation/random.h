#pragma once

#include <array>
#include <cstdint>

namespace orrery::generation {

/// Counter-based random numbers (Philox 4x32 with 10 rounds, Salmon et al. 2011): the n-th number
/// of a stream depends on nothing but seed, stream and n, so threads and batching cannot change a
/// sample.
class Random {
 public:
  /// Rows of one generation take different streams.
  Random(std::uint64_t seed, std::uint32_t stream) : seed_(seed), stream_(stream) {}

  /// Uniform in (0, 1), with 52 bits.
  double uniform();

 private:
  std::uint64_t seed_;
  std::uint32_t stream_;
  std::uint64_t counter_ = 0;
};

/// The block of four numbers that Philox gives for a counter and a key; exposed for its known
/// answers.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key);

}  // namespace orrery::generation
