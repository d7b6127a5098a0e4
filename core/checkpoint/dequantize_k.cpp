// Blocks of 256 values with a scale for each 16 or 32 of them: Q2_K to Q6_K.

#include "core/checkpoint/dequantize_blocks.h"

namespace orrery::checkpoint::blocks {
namespace {

struct ScaleAndMin {
  int scale;
  int min;
};

/// Q4_K and Q5_K keep eight scales and eight minima of six bits in twelve bytes: the first four of
/// each in the low bits of bytes 0 to 7, the others spread over nibbles of bytes 8 to 11 and those
/// bytes' top bits.
ScaleAndMin scaleAndMin(const std::uint8_t* packed, int group) {
  if (group < 4) return {packed[group] & 0x3F, packed[group + 4] & 0x3F};
  const int i = group - 4;
  return {(packed[8 + i] & 0x0F) | (packed[i] >> 2 & 0x30),
          packed[8 + i] >> 4 | (packed[4 + i] >> 2 & 0x30)};
}

}  // namespace

void q2_K(const std::uint8_t* in, float* out) {
  const std::uint8_t* scales = in;
  const std::uint8_t* qs = in + 16;
  const float d = loadHalf(in + 80);
  const float dmin = loadHalf(in + 82);
  for (int i = 0; i < 256; ++i) {
    const int group = i / 16;
    const float dl = d * static_cast<float>(scales[group] & 0x0F);
    const float ml = dmin * static_cast<float>(scales[group] >> 4);
    const int q = qs[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3;
    out[i] = dl * static_cast<float>(q) - ml;
  }
}

void q3_K(const std::uint8_t* in, float* out) {
  const std::uint8_t* highMask = in;
  const std::uint8_t* qs = in + 32;
  const std::uint8_t* scales = in + 96;
  const float d = loadHalf(in + 108);
  for (int i = 0; i < 256; ++i) {
    const int group = i / 16;
    const int low = scales[group % 8] >> (group / 8 * 4) & 0x0F;
    const int high = scales[8 + group % 4] >> (group / 4 * 2) & 3;
    const float dl = d * static_cast<float>((low | high << 4) - 32);
    const int q = qs[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3;
    const int offset = (highMask[i % 32] >> (i / 32) & 1) != 0 ? 0 : 4;
    out[i] = dl * static_cast<float>(q - offset);
  }
}

void q4_K(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const float dmin = loadHalf(in + 2);
  const std::uint8_t* qs = in + 16;
  for (int group = 0; group < 8; ++group) {
    const auto [scale, min] = scaleAndMin(in + 4, group);
    const float dl = d * static_cast<float>(scale);
    const float ml = dmin * static_cast<float>(min);
    for (int i = 0; i < 32; ++i) {
      const int q = qs[group / 2 * 32 + i] >> (group % 2 * 4) & 0x0F;
      out[group * 32 + i] = dl * static_cast<float>(q) - ml;
    }
  }
}

void q5_K(const std::uint8_t* in, float* out) {
  const float d = loadHalf(in);
  const float dmin = loadHalf(in + 2);
  const std::uint8_t* high = in + 16;
  const std::uint8_t* qs = in + 48;
  for (int group = 0; group < 8; ++group) {
    const auto [scale, min] = scaleAndMin(in + 4, group);
    const float dl = d * static_cast<float>(scale);
    const float ml = dmin * static_cast<float>(min);
    for (int i = 0; i < 32; ++i) {
      const int low = qs[group / 2 * 32 + i] >> (group % 2 * 4) & 0x0F;
      const int q = low | (high[i] >> group & 1) << 4;
      out[group * 32 + i] = dl * static_cast<float>(q) - ml;
    }
  }
}

void q6_K(const std::uint8_t* in, float* out) {
  const std::uint8_t* low = in;
  const std::uint8_t* high = in + 128;
  const std::uint8_t* scales = in + 192;
  const float d = loadHalf(in + 208);
  for (int i = 0; i < 256; ++i) {
    const float dl = d * static_cast<float>(static_cast<std::int8_t>(scales[i / 16]));
    const int l = low[i / 128 * 64 + i % 64] >> (i / 64 % 2 * 4) & 0x0F;
    const int h = high[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3;
    out[i] = dl * static_cast<float>((l | h << 4) - 32);
  }
}

}  // namespace orrery::checkpoint::blocks
