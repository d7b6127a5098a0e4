// Packed weights in plain C++, in groups of 32 columns: the reference of the vector kernels.

#include <cmath>
#include <cstring>

#include "core/kernels/kernel_table.h"
#include "core/kernels/scalar.h"

namespace orrery::kernels::generic {
namespace {

// 32 weights: values[i] * scale[i / 16] + min.
struct Group {
  std::int32_t values[32];
  float scale[2];
  float min;
};

float half(const std::byte* p) {
  std::uint16_t bits;
  std::memcpy(&bits, p, 2);
  return f16ToFloat(bits);
}

int byteAt(const std::byte* p, std::int64_t i) {
  return static_cast<int>(p[i]);
}

void nibbles(const std::byte* p, int offset, Group& group) {
  for (int i = 0; i < 16; ++i) {
    group.values[i] = (byteAt(p, i) & 15) - offset;
    group.values[i + 16] = (byteAt(p, i) >> 4) - offset;
  }
}

struct Q8_0 {
  static void load(const std::byte* row, std::int64_t g, Group& group) {
    const std::byte* block = row + g * 34;
    group.scale[0] = group.scale[1] = half(block);
    group.min = -0.0F;  // adding it keeps a zero's sign
    for (int i = 0; i < 32; ++i) group.values[i] = static_cast<std::int8_t>(block[2 + i]);
  }
};

struct Q4_0 {
  static void load(const std::byte* row, std::int64_t g, Group& group) {
    const std::byte* block = row + g * 18;
    group.scale[0] = group.scale[1] = half(block);
    group.min = -0.0F;  // adding it keeps a zero's sign
    nibbles(block + 2, 8, group);
  }
};

struct Q4_1 {
  static void load(const std::byte* row, std::int64_t g, Group& group) {
    const std::byte* block = row + g * 20;
    group.scale[0] = group.scale[1] = half(block);
    group.min = half(block + 2);
    nibbles(block + 4, 0, group);
  }
};

struct Q4_K {
  static void load(const std::byte* row, std::int64_t g, Group& group) {
    const std::byte* block = row + g / 8 * 144;
    const std::int64_t s = g % 8;
    const std::byte* packed = block + 4;  // 6-bit scales and minimums, the last four split
    int scale = byteAt(packed, s) & 63;
    int min = byteAt(packed, s + 4) & 63;
    if (s >= 4) {
      scale = (byteAt(packed, s + 4) & 15) | (byteAt(packed, s - 4) >> 6 << 4);
      min = (byteAt(packed, s + 4) >> 4) | (byteAt(packed, s) >> 6 << 4);
    }
    group.scale[0] = group.scale[1] = half(block) * static_cast<float>(scale);
    group.min = -(half(block + 2) * static_cast<float>(min));
    const std::byte* values = block + 16 + s / 2 * 32;
    const int shift = s % 2 == 0 ? 0 : 4;
    for (int i = 0; i < 32; ++i) group.values[i] = (byteAt(values, i) >> shift) & 15;
  }
};

struct Q6_K {
  static void load(const std::byte* row, std::int64_t g, Group& group) {
    const std::byte* block = row + g / 8 * 210;
    const std::int64_t inHalf = g % 4;
    const std::int64_t inBlock = g % 8;
    const std::byte* low = block + inBlock / 4 * 64 + inHalf % 2 * 32;
    const std::byte* high = block + 128 + inBlock / 4 * 32;
    const int lowShift = inHalf < 2 ? 0 : 4;
    const int highShift = static_cast<int>(2 * inHalf);
    for (int i = 0; i < 32; ++i)
      group.values[i] =
          ((byteAt(low, i) >> lowShift & 15) | ((byteAt(high, i) >> highShift & 3) << 4)) - 32;
    const float d = half(block + 208);
    for (int i = 0; i < 2; ++i)
      group.scale[i] =
          d * static_cast<float>(static_cast<std::int8_t>(block[192 + inBlock * 2 + i]));
    group.min = -0.0F;  // adding it keeps a zero's sign
  }
};

float dotGroup(const Group& group, const PackedInput& in, std::int64_t at) {
  std::int32_t sum[2] = {};
  std::int32_t inputs = 0;
  for (int i = 0; i < 32; ++i) {
    const std::int32_t x = in.values[at + i];
    sum[i / 16] += group.values[i] * x;
    inputs += x;
  }
  const float products =
      static_cast<float>(sum[0]) * group.scale[0] + static_cast<float>(sum[1]) * group.scale[1];
  return in.scales[at / 4] * (products + group.min * static_cast<float>(inputs));
}

template <class Type>
void dot(const DotArgs& a, std::int64_t begin, std::int64_t end) {
  for (std::int64_t o = begin; o < end; ++o) {
    for (std::int64_t r = 0; r < a.rows; ++r) a.y[r * a.yStride + o] = a.bias ? a.bias[o] : 0.0F;
    for (std::int64_t g = 0; g < a.columns / 32; ++g) {
      Group group;
      Type::load(a.weight + o * a.rowBytes, g, group);
      for (std::int64_t r = 0; r < a.rows; ++r)
        a.y[r * a.yStride + o] += dotGroup(group, *a.packed, r * a.packed->padded + g * 32);
    }
  }
}

void pack(const float* x, std::int64_t count, std::int8_t* values, float* scales,
          std::int32_t* negSums, float* scaledSums) {
  float poison = 0;  // NaN if any input is not finite
  for (std::int64_t i = 0; i < count; ++i) poison += x[i] * 0.0F;
  for (std::int64_t block = 0; block < count; block += 32) {
    float most = 0;
    for (int i = 0; i < 32; ++i) most = std::fmax(most, std::fabs(x[block + i]));
    const bool empty = !(most > 1e-30F) || std::isnan(poison);
    const float scale = empty ? poison : most / 127.0F;
    const float inverse = empty ? 0.0F : 127.0F / most;
    for (std::int64_t lane = block / 4; lane < block / 4 + 8; ++lane) {
      std::int32_t sum = 0;
      for (std::int64_t i = lane * 4; i < lane * 4 + 4; ++i) {
        values[i] =
            empty ? std::int8_t{0} : static_cast<std::int8_t>(std::nearbyint(x[i] * inverse));
        sum += values[i];
      }
      scales[lane] = scale;
      negSums[lane] = -sum;
      scaledSums[lane] = static_cast<float>(sum) * scale;
    }
  }
}

template <class Type>
void unpack(const std::byte* from, std::int64_t count, float* to) {
  for (std::int64_t g = 0; g < count / 32; ++g) {
    Group group;
    Type::load(from, g, group);
    for (int i = 0; i < 32; ++i)
      to[g * 32 + i] = static_cast<float>(group.values[i]) * group.scale[i / 16] + group.min;
  }
}

template <float (*Convert)(std::uint16_t)>
void unpackHalf(const std::byte* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, from + 2 * i, 2);
    to[i] = Convert(bits);
  }
}

void toBf16(const float* from, std::int64_t count, std::uint16_t* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = floatToBf16(from[i]);
}

}  // namespace

PackedKernels packedKernels() {
  return {pack, dot<Q8_0>, dot<Q4_0>, dot<Q4_1>, dot<Q4_K>, dot<Q6_K>};
}

UnpackKernels unpackKernels() {
  return {unpackHalf<bf16ToFloat>,
          unpackHalf<f16ToFloat>,
          unpack<Q8_0>,
          unpack<Q4_0>,
          unpack<Q4_1>,
          unpack<Q4_K>,
          unpack<Q6_K>,
          toBf16};
}

}  // namespace orrery::kernels::generic
