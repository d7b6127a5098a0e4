#pragma once

#include <cstdint>
#include <cstring>

#include "core/checkpoint/dequantize.h"

/// One function per block type: unpacks the block at `in` to its 32, 64 or 256 values at `out`. The
/// order of the float operations is that of the reference, so that the results are the same bits.
namespace orrery::checkpoint::blocks {

void q4_0(const std::uint8_t* in, float* out);
void q4_1(const std::uint8_t* in, float* out);
void q5_0(const std::uint8_t* in, float* out);
void q5_1(const std::uint8_t* in, float* out);
void q8_0(const std::uint8_t* in, float* out);

void q2_K(const std::uint8_t* in, float* out);
void q3_K(const std::uint8_t* in, float* out);
void q4_K(const std::uint8_t* in, float* out);
void q5_K(const std::uint8_t* in, float* out);
void q6_K(const std::uint8_t* in, float* out);

void iq2_XXS(const std::uint8_t* in, float* out);
void iq2_XS(const std::uint8_t* in, float* out);
void iq2_S(const std::uint8_t* in, float* out);
void iq3_XXS(const std::uint8_t* in, float* out);
void iq3_S(const std::uint8_t* in, float* out);
void iq1_S(const std::uint8_t* in, float* out);
void iq1_M(const std::uint8_t* in, float* out);
void iq4_NL(const std::uint8_t* in, float* out);
void iq4_XS(const std::uint8_t* in, float* out);

void tq1_0(const std::uint8_t* in, float* out);
void tq2_0(const std::uint8_t* in, float* out);
void mxfp4(const std::uint8_t* in, float* out);
void nvfp4(const std::uint8_t* in, float* out);

template <class T>
T load(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

inline float loadHalf(const std::uint8_t* at) {
  return halfToFloat(load<std::uint16_t>(at));
}

}  // namespace orrery::checkpoint::blocks
