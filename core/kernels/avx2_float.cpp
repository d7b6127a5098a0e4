// Float weights by float x, 8 columns at a time. Own loads and no shared inline code: see
// CMakeLists.txt.

#ifdef ORRERY_X86_KERNELS
#include <immintrin.h>

#include "core/kernels/kernel_table.h"

namespace orrery::kernels::avx2 {
namespace {

// load: 8 weights as float32. tail: the first `count` of them, the others zero.
struct F32 {
  static constexpr std::int64_t kBytes = 4;
  static __m256 load(const std::byte* p) {
    return _mm256_loadu_ps(reinterpret_cast<const float*>(p));
  }
  static __m256 tail(const std::byte* p, std::int64_t count) {
    alignas(32) float values[8] = {};
    __builtin_memcpy(values, p, static_cast<std::size_t>(4 * count));
    return _mm256_load_ps(values);
  }
};

struct Half {
  static constexpr std::int64_t kBytes = 2;
  static __m128i bits(const std::byte* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  static __m128i tailBits(const std::byte* p, std::int64_t count) {
    alignas(16) std::uint16_t values[8] = {};
    __builtin_memcpy(values, p, static_cast<std::size_t>(2 * count));
    return _mm_load_si128(reinterpret_cast<const __m128i*>(values));
  }
};

struct Bf16 : Half {
  static __m256 widen(__m128i bits) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
  }
  static __m256 load(const std::byte* p) { return widen(bits(p)); }
  static __m256 tail(const std::byte* p, std::int64_t count) { return widen(tailBits(p, count)); }
};

struct F16 : Half {
  static __m256 load(const std::byte* p) { return _mm256_cvtph_ps(bits(p)); }
  static __m256 tail(const std::byte* p, std::int64_t count) {
    return _mm256_cvtph_ps(tailBits(p, count));
  }
};

float sum(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

// O outputs of R rows, each with one accumulator, so that every tile sums in the same order.
template <class Type, int O, int R>
void tile(const DotArgs& a, std::int64_t o, std::int64_t r) {
  const std::byte* w = a.weight + o * a.rowBytes;
  const float* x = a.x + r * a.columns;
  __m256 acc[O][R];
  for (auto& row : acc)
    for (auto& value : row) value = _mm256_setzero_ps();
  std::int64_t i = 0;
  for (; i + 8 <= a.columns; i += 8) {
    __m256 in[R];
    for (int k = 0; k < R; ++k) in[k] = _mm256_loadu_ps(x + k * a.columns + i);
    for (int j = 0; j < O; ++j) {
      const __m256 weight = Type::load(w + j * a.rowBytes + i * Type::kBytes);
      for (int k = 0; k < R; ++k) acc[j][k] = _mm256_fmadd_ps(weight, in[k], acc[j][k]);
    }
  }
  if (const std::int64_t left = a.columns - i; left > 0) {
    for (int j = 0; j < O; ++j) {
      const __m256 weight = Type::tail(w + j * a.rowBytes + i * Type::kBytes, left);
      for (int k = 0; k < R; ++k) {
        const __m256 in =
            F32::tail(reinterpret_cast<const std::byte*>(x + k * a.columns + i), left);
        acc[j][k] = _mm256_fmadd_ps(weight, in, acc[j][k]);
      }
    }
  }
  for (int j = 0; j < O; ++j)
    for (int k = 0; k < R; ++k)
      a.y[(r + k) * a.yStride + o + j] = sum(acc[j][k]) + (a.bias ? a.bias[o + j] : 0.0F);
}

template <class Type, int O>
void tiles(const DotArgs& a, std::int64_t o) {
  std::int64_t r = 0;
  for (; r + 2 <= a.rows; r += 2) tile<Type, O, 2>(a, o, r);
  if (r < a.rows) tile<Type, O, 1>(a, o, r);
}

template <class Type>
void dot(const DotArgs& a, std::int64_t begin, std::int64_t end) {
  std::int64_t o = begin;
  for (; o + 4 <= end; o += 4) tiles<Type, 4>(a, o);
  for (; o < end; ++o) tiles<Type, 1>(a, o);
}

void addRows(const float* from, std::int64_t rows, std::int64_t columns, const float* factors,
             float* out) {
  std::int64_t c = 0;
  for (; c + 8 <= columns; c += 8) {
    __m256 sum = _mm256_loadu_ps(out + c);
    for (std::int64_t r = 0; r < rows; ++r)
      sum =
          _mm256_fmadd_ps(_mm256_set1_ps(factors[r]), _mm256_loadu_ps(from + r * columns + c), sum);
    _mm256_storeu_ps(out + c, sum);
  }
  for (; c < columns; ++c)
    for (std::int64_t r = 0; r < rows; ++r) out[c] += factors[r] * from[r * columns + c];
}

}  // namespace

FloatKernels floatKernels() {
  return {dot<F32>, dot<Bf16>, dot<F16>, addRows};
}

}  // namespace orrery::kernels::avx2
#endif
