// Float weights by float x, 16 columns at a time. Own loads and no shared inline code: see
// CMakeLists.txt.

#ifdef ORRERY_X86_KERNELS
#include <immintrin.h>

#include "core/kernels/kernel_table.h"

namespace orrery::kernels::avx512 {
namespace {

// load: 16 weights as float32; those outside `mask` are not touched and count as zero.
struct F32 {
  static constexpr std::int64_t kBytes = 4;
  static __m512 load(const std::byte* p) { return _mm512_loadu_ps(p); }
  static __m512 tail(const std::byte* p, __mmask16 mask) { return _mm512_maskz_loadu_ps(mask, p); }
};

struct Bf16 {
  static constexpr std::int64_t kBytes = 2;
  static __m512 widen(__m256i bits) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
  }
  static __m512 load(const std::byte* p) {
    return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static __m512 tail(const std::byte* p, __mmask16 mask) {
    return widen(_mm256_maskz_loadu_epi16(mask, p));
  }
};

struct F16 {
  static constexpr std::int64_t kBytes = 2;
  static __m512 load(const std::byte* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static __m512 tail(const std::byte* p, __mmask16 mask) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, p));
  }
};

// O outputs of R rows, each with one accumulator, so that every tile sums in the same order.
template <class Type, int O, int R>
void tile(const DotArgs& a, std::int64_t o, std::int64_t r) {
  const std::byte* w = a.weight + o * a.rowBytes;
  const float* x = a.x + r * a.columns;
  __m512 acc[O][R];
  for (auto& row : acc)
    for (auto& value : row) value = _mm512_setzero_ps();
  std::int64_t i = 0;
  for (; i + 16 <= a.columns; i += 16) {
    __m512 in[R];
    for (int k = 0; k < R; ++k) in[k] = _mm512_loadu_ps(x + k * a.columns + i);
    for (int j = 0; j < O; ++j) {
      const std::byte* at = w + j * a.rowBytes + i * Type::kBytes;
      _mm_prefetch(reinterpret_cast<const char*>(at + O * a.rowBytes), _MM_HINT_T0);
      const __m512 weight = Type::load(at);
      for (int k = 0; k < R; ++k) acc[j][k] = _mm512_fmadd_ps(weight, in[k], acc[j][k]);
    }
  }
  if (const std::int64_t left = a.columns - i; left > 0) {
    const auto mask = static_cast<__mmask16>((1U << left) - 1U);
    for (int j = 0; j < O; ++j) {
      const __m512 weight = Type::tail(w + j * a.rowBytes + i * Type::kBytes, mask);
      for (int k = 0; k < R; ++k) {
        const __m512 in = _mm512_maskz_loadu_ps(mask, x + k * a.columns + i);
        acc[j][k] = _mm512_fmadd_ps(weight, in, acc[j][k]);
      }
    }
  }
  for (int j = 0; j < O; ++j)
    for (int k = 0; k < R; ++k)
      a.y[(r + k) * a.yStride + o + j] =
          _mm512_reduce_add_ps(acc[j][k]) + (a.bias ? a.bias[o + j] : 0.0F);
}

template <class Type, int O>
void tiles(const DotArgs& a, std::int64_t o) {
  std::int64_t r = 0;
  for (; r + 4 <= a.rows; r += 4) tile<Type, O, 4>(a, o, r);
  for (; r + 2 <= a.rows; r += 2) tile<Type, O, 2>(a, o, r);
  if (r < a.rows) tile<Type, O, 1>(a, o, r);
}

template <class Type>
void dot(const DotArgs& a, std::int64_t begin, std::int64_t end) {
  std::int64_t o = begin;
  for (; o + 4 <= end; o += 4) tiles<Type, 4>(a, o);
  for (; o < end; ++o) tiles<Type, 1>(a, o);
}

// Sixty-four columns at a time, so that each row is read in its order once.
void addRows(const float* from, std::int64_t rows, std::int64_t columns, const float* factors,
             float* out) {
  for (std::int64_t c = 0; c < columns; c += 64) {
    __mmask16 mask[4];
    __m512 sum[4];
    for (int v = 0; v < 4; ++v) {
      const std::int64_t left = columns - c - 16 * v;
      mask[v] = left >= 16 ? 0xFFFF : left > 0 ? static_cast<__mmask16>((1U << left) - 1U) : 0;
      sum[v] = _mm512_maskz_loadu_ps(mask[v], out + c + 16 * v);
    }
    for (std::int64_t r = 0; r < rows; ++r) {
      const __m512 factor = _mm512_set1_ps(factors[r]);
      for (int v = 0; v < 4; ++v)
        sum[v] = _mm512_fmadd_ps(
            factor, _mm512_maskz_loadu_ps(mask[v], from + r * columns + c + 16 * v), sum[v]);
    }
    for (int v = 0; v < 4; ++v) _mm512_mask_storeu_ps(out + c + 16 * v, mask[v], sum[v]);
  }
}

}  // namespace

FloatKernels floatKernels() {
  return {dot<F32>, dot<Bf16>, dot<F16>, addRows};
}

}  // namespace orrery::kernels::avx512
#endif
