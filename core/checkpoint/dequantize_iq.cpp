// Blocks of 256 values that are entries of a code book: IQ1, IQ2, IQ3.

#include <bit>

#include "core/checkpoint/dequantize_blocks.h"
#include "core/checkpoint/dequantize_grids.h"

namespace orrery::checkpoint::blocks {
namespace {

constexpr float kIq2Values[4] = {8, 25, 43, 0};  // the code 3 is not used
constexpr float kIq3XxsValues[8] = {4, 12, 20, 28, 36, 44, 52, 62};
constexpr float kIq3SValues[8] = {1, 3, 5, 7, 9, 11, 13, 15};
constexpr float kIq1Delta = 0.125F;

/// Seven stored sign bits; the eighth makes the number of minus signs even.
std::uint8_t signsWithParity(std::uint32_t seven) {
  seven &= 0x7F;
  return static_cast<std::uint8_t>(seven | (std::popcount(seven) & 1) << 7);
}

float signOf(std::uint8_t signs, int i) {
  return (signs >> i & 1) != 0 ? -1.0F : 1.0F;
}

/// Eight values of one entry: two bits each.
void writeIq2(std::uint16_t entry, float scale, std::uint8_t signs, float* out) {
  for (int i = 0; i < 8; ++i) out[i] = scale * kIq2Values[entry >> (2 * i) & 3] * signOf(signs, i);
}

/// Eight values of two entries: four bits each.
void writeIq3(const std::uint16_t entries[2], const float values[8], float scale,
              std::uint8_t signs, float* out) {
  for (int i = 0; i < 8; ++i)
    out[i] = scale * values[entries[i / 4] >> (4 * (i % 4)) & 7] * signOf(signs, i);
}

void writeIq1(std::uint16_t entry, float scale, float delta, float* out) {
  for (int i = 0; i < 8; ++i)
    out[i] = scale * (static_cast<float>(static_cast<int>(entry >> (2 * i) & 3) - 1) + delta);
}

float quarterScale(float d, int scale) {
  return d * (0.5F + static_cast<float>(scale)) * 0.25F;
}

}  // namespace

void iq2_XXS(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  for (int group = 0; group < 8; ++group) {
    const std::uint8_t* qs = in + 2 + group * 8;
    const auto packed = load<std::uint32_t>(qs + 4);
    const float db = quarterScale(d, static_cast<int>(packed >> 28));
    for (int i = 0; i < 4; ++i)
      writeIq2(grids::kIq2Xxs[qs[i]], db, signsWithParity(packed >> (7 * i)),
               out + group * 32 + i * 8);
  }
}

void iq2_XS(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const std::uint8_t* scales = in + 66;
  for (int i = 0; i < 32; ++i) {
    const auto packed = load<std::uint16_t>(in + 2 + 2 * i);
    const float db = quarterScale(d, scales[i / 4] >> (i / 2 % 2 * 4) & 0x0F);
    writeIq2(grids::kIq2Xs[packed & 511], db, signsWithParity(packed >> 9), out + i * 8);
  }
}

void iq2_S(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const std::uint8_t* qs = in + 2;
  const std::uint8_t* signs = in + 34;
  const std::uint8_t* high = in + 66;
  const std::uint8_t* scales = in + 74;
  for (int i = 0; i < 32; ++i) {
    const int index = qs[i] | (high[i / 4] >> (i % 4 * 2) & 3) << 8;
    const float db = quarterScale(d, scales[i / 4] >> (i / 2 % 2 * 4) & 0x0F);
    writeIq2(grids::kIq2S[index], db, signs[i], out + i * 8);
  }
}

void iq3_XXS(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const std::uint8_t* qs = in + 2;
  for (int group = 0; group < 8; ++group) {
    const auto packed = load<std::uint32_t>(in + 66 + group * 4);
    const float db = d * (0.5F + static_cast<float>(packed >> 28)) * 0.5F;
    for (int i = 0; i < 4; ++i, qs += 2) {
      const std::uint16_t entries[2] = {grids::kIq3Xxs[qs[0]], grids::kIq3Xxs[qs[1]]};
      writeIq3(entries, kIq3XxsValues, db, signsWithParity(packed >> (7 * i)),
               out + group * 32 + i * 8);
    }
  }
}

void iq3_S(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const std::uint8_t* qs = in + 2;
  const std::uint8_t* high = in + 66;
  const std::uint8_t* signs = in + 74;
  const std::uint8_t* scales = in + 106;
  const auto entry = [&](int i) { return grids::kIq3S[qs[i] | (high[i / 8] >> (i % 8) & 1) << 8]; };
  for (int i = 0; i < 32; ++i) {
    const int scale = scales[i / 8] >> (i / 4 % 2 * 4) & 0x0F;
    const std::uint16_t entries[2] = {entry(2 * i), entry(2 * i + 1)};
    writeIq3(entries, kIq3SValues, d * static_cast<float>(1 + 2 * scale), signs[i], out + i * 8);
  }
}

void iq1_S(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const std::uint8_t* qs = in + 2;
  for (int i = 0; i < 32; ++i) {
    const auto high = load<std::uint16_t>(in + 34 + i / 4 * 2);
    const float dl = d * static_cast<float>(2 * (high >> 12 & 7) + 1);
    const int index = qs[i] | (high >> (i % 4 * 3) & 7) << 8;
    writeIq1(grids::kIq1[index], dl, (high & 0x8000) != 0 ? -kIq1Delta : kIq1Delta, out + i * 8);
  }
}

void iq1_M(const std::uint8_t* in, float* out) {
  const std::uint8_t* qs = in;
  const std::uint8_t* high = in + 32;
  const std::uint8_t* scales = in + 48;
  // The half-precision scale lies in the top nibbles of the four numbers that hold the group
  // scales.
  std::uint32_t half = 0;
  for (int i = 0; i < 4; ++i)
    half |= (load<std::uint16_t>(scales + 2 * i) & 0xF000U) >> (12 - 4 * i);
  const float d = halfToFloat(static_cast<std::uint16_t>(half));
  for (int i = 0; i < 32; ++i) {
    const auto packed = load<std::uint16_t>(scales + i / 8 * 2);
    const float dl = d * static_cast<float>(2 * (packed >> (i / 2 % 4 * 3) & 7) + 1);
    const int bits = high[i / 2] >> (i % 2 * 4);
    writeIq1(grids::kIq1[qs[i] | (bits & 7) << 8], dl, (bits & 8) != 0 ? -kIq1Delta : kIq1Delta,
             out + i * 8);
  }
}

}  // namespace orrery::checkpoint::blocks
