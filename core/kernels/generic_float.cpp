// Plain C++: the reference of the vector kernels, and what a processor without vectors runs.

#include <cstring>

#include "core/kernels/kernel_table.h"
#include "core/kernels/scalar.h"

namespace orrery::kernels::generic {
namespace {

struct F32 {
  static float load(const std::byte* p, std::int64_t i) {
    float value;
    std::memcpy(&value, p + 4 * i, 4);
    return value;
  }
};

struct Bf16 {
  static float load(const std::byte* p, std::int64_t i) {
    std::uint16_t bits;
    std::memcpy(&bits, p + 2 * i, 2);
    return bf16ToFloat(bits);
  }
};

struct F16 {
  static float load(const std::byte* p, std::int64_t i) {
    std::uint16_t bits;
    std::memcpy(&bits, p + 2 * i, 2);
    return f16ToFloat(bits);
  }
};

template <class Type>
float dotRow(const std::byte* w, const float* x, std::int64_t n) {
  float sum[8] = {};
  for (std::int64_t i = 0; i < n; ++i) sum[i & 7] += Type::load(w, i) * x[i];
  return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

template <class Type>
void dot(const DotArgs& a, std::int64_t begin, std::int64_t end) {
  for (std::int64_t o = begin; o < end; ++o)
    for (std::int64_t r = 0; r < a.rows; ++r)
      a.y[r * a.yStride + o] =
          dotRow<Type>(a.weight + o * a.rowBytes, a.x + r * a.columns, a.columns) +
          (a.bias ? a.bias[o] : 0.0F);
}

void addRows(const float* from, std::int64_t rows, std::int64_t columns, const float* factors,
             float* out) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) out[c] += factors[r] * from[r * columns + c];
}

}  // namespace

FloatKernels floatKernels() {
  return {dot<F32>, dot<Bf16>, dot<F16>, addRows};
}

}  // namespace orrery::kernels::generic
