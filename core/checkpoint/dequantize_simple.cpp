// Blocks of 32 values with one scale: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0. Nibbles: the low ones are the
// first half of the block, the high ones the second.

#include "core/checkpoint/dequantize_blocks.h"

namespace orrery::checkpoint::blocks {
namespace {

constexpr int kBlock = 32;
constexpr int kHalf = kBlock / 2;

int nibble(const std::uint8_t* packed, int i) {
  return i < kHalf ? packed[i] & 0x0F : packed[i - kHalf] >> 4;
}

}  // namespace

void q4_0(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  for (int i = 0; i < kBlock; ++i) out[i] = d * static_cast<float>(nibble(in + 2, i) - 8);
}

void q4_1(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const float m = loadHalf(in + 2);
  for (int i = 0; i < kBlock; ++i) out[i] = d * static_cast<float>(nibble(in + 4, i)) + m;
}

void q5_0(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const auto high = load<std::uint32_t>(in + 2);
  for (int i = 0; i < kBlock; ++i) {
    const int q = nibble(in + 6, i) | static_cast<int>(high >> i & 1) << 4;
    out[i] = d * static_cast<float>(q - 16);
  }
}

void q5_1(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const float m = loadHalf(in + 2);
  const auto high = load<std::uint32_t>(in + 4);
  for (int i = 0; i < kBlock; ++i) {
    const int q = nibble(in + 8, i) | static_cast<int>(high >> i & 1) << 4;
    out[i] = d * static_cast<float>(q) + m;
  }
}

void q8_0(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  for (int i = 0; i < kBlock; ++i)
    out[i] = static_cast<float>(static_cast<std::int8_t>(in[2 + i])) * d;
}

}  // namespace orrery::checkpoint::blocks
