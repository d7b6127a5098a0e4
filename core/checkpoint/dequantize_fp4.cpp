// Blocks whose four bits choose from a table of values (IQ4, MXFP4, NVFP4), and the ternary types.

#include <bit>
#include <cmath>

#include "core/checkpoint/dequantize_blocks.h"

namespace orrery::checkpoint::blocks {
namespace {

constexpr float kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                  1,    13,   25,  38,  53,  69,  89,  113};
/// The values of the 4-bit float E2M1, doubled; minus zero is read as zero.
constexpr float kE2m1Doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/// Half of 2^(x - 127), to go with doubled values.
float e8m0Half(std::uint8_t x) {
  return std::bit_cast<float>(x < 2 ? 0x00200000U << x : static_cast<std::uint32_t>(x - 1) << 23);
}

/// Half of the unsigned E4M3 value; 0x7F stands for zero.
float ue4m3Half(std::uint8_t x) {
  if (x == 0x7F) return 0.0F;
  const int exponent = x >> 3 & 0x0F;
  const auto mantissa = static_cast<float>(x & 7);
  if (exponent == 0) return std::ldexp(mantissa, -10);
  return std::ldexp(1.0F + mantissa / 8.0F, exponent - 8);
}

}  // namespace

void iq4_NL(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  for (int i = 0; i < 16; ++i) {
    out[i] = d * kIq4Values[in[2 + i] & 0x0F];
    out[16 + i] = d * kIq4Values[in[2 + i] >> 4];
  }
}

void iq4_XS(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const auto high = load<std::uint16_t>(in + 2);
  const std::uint8_t* low = in + 4;
  const std::uint8_t* qs = in + 8;
  for (int group = 0; group < 8; ++group) {
    const int scale = (low[group / 2] >> (group % 2 * 4) & 0x0F) | (high >> (2 * group) & 3) << 4;
    const float dl = d * static_cast<float>(scale - 32);
    for (int i = 0; i < 16; ++i) {
      out[group * 32 + i] = dl * kIq4Values[qs[group * 16 + i] & 0x0F];
      out[group * 32 + 16 + i] = dl * kIq4Values[qs[group * 16 + i] >> 4];
    }
  }
}

void mxfp4(const std::uint8_t* in, float* out) {
  const float d = e8m0Half(in[0]);
  for (int i = 0; i < 16; ++i) {
    out[i] = d * kE2m1Doubled[in[1 + i] & 0x0F];
    out[16 + i] = d * kE2m1Doubled[in[1 + i] >> 4];
  }
}

void nvfp4(const std::uint8_t* in, float* out) {
  for (int group = 0; group < 4; ++group) {
    const float d = ue4m3Half(in[group]);
    const std::uint8_t* qs = in + 4 + group * 8;
    for (int i = 0; i < 8; ++i) {
      out[group * 16 + i] = d * kE2m1Doubled[qs[i] & 0x0F];
      out[group * 16 + 8 + i] = d * kE2m1Doubled[qs[i] >> 4];
    }
  }
}

void tq1_0(const std::uint8_t* in, float* out) {
  // A byte holds five ternary digits (the last four bytes: four) as a fraction of 256; multiplying
  // by a power of three, modulo 256, brings a digit to the top.
  constexpr std::uint8_t kPowers[5] = {1, 3, 9, 27, 81};
  const float d = loadHalf(in + 52);
  const auto write = [&](const std::uint8_t* bytes, int width, int digits) {
    for (int digit = 0; digit < digits; ++digit)
      for (int i = 0; i < width; ++i) {
        const auto shifted = static_cast<std::uint8_t>(bytes[i] * kPowers[digit]);
        *out++ = d * static_cast<float>((shifted * 3 >> 8) - 1);
      }
  };
  write(in, 32, 5);
  write(in + 32, 16, 5);
  write(in + 48, 4, 4);
}

void tq2_0(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in + 64);
  for (int i = 0; i < 256; ++i) {
    const int q = in[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3;
    out[i] = d * static_cast<float>(q - 1);
  }
}

}  // namespace orrery::checkpoint::blocks
