// Tiles of matmulMany() with vdpbf16ps, which multiplies two neighbouring columns at once. Own
// loads and no shared inline code: see CMakeLists.txt.

#ifdef ORRERY_X86_KERNELS
#include <immintrin.h>

#include "core/kernels/kernel_table.h"

namespace orrery::kernels::avx512 {
namespace {

// The lowest `count` bits.
__mmask32 first32(std::int64_t count) {
  return count >= 32 ? ~__mmask32{0} : count > 0 ? (__mmask32{1} << count) - 1 : 0;
}

__mmask16 first16(std::int64_t count) {
  return static_cast<__mmask16>(first32(count < 16 ? count : 16));
}

__m512i roundPairs(const float* x, std::int64_t left) {
  const __m512 low = _mm512_maskz_loadu_ps(first16(left), x);
  const __m512 high = _mm512_maskz_loadu_ps(first16(left - 16), x + 16);
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

// 16 vectors of 16 numbers of 32 bits: row r, column c goes to row c, column r.
[[gnu::always_inline]] inline void transpose(__m512i (&v)[16]) {
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
  }
  for (int i = 0; i < 16; i += 4)
    for (int j = 0; j < 2; ++j) {
      v[i + 2 * j] = _mm512_unpacklo_epi64(t[i + j], t[i + j + 2]);
      v[i + 2 * j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + j + 2]);
    }
  // v[4 g + c] holds columns c, c + 4, c + 8, c + 12 of rows 4 g to 4 g + 3, one in each quarter.
  for (int c = 0; c < 4; ++c) {
    t[c] = _mm512_shuffle_i32x4(v[c], v[4 + c], 0x88);
    t[4 + c] = _mm512_shuffle_i32x4(v[c], v[4 + c], 0xDD);
    t[8 + c] = _mm512_shuffle_i32x4(v[8 + c], v[12 + c], 0x88);
    t[12 + c] = _mm512_shuffle_i32x4(v[8 + c], v[12 + c], 0xDD);
  }
  for (int c = 0; c < 4; ++c) {
    v[c] = _mm512_shuffle_i32x4(t[c], t[8 + c], 0x88);
    v[8 + c] = _mm512_shuffle_i32x4(t[c], t[8 + c], 0xDD);
    v[4 + c] = _mm512_shuffle_i32x4(t[4 + c], t[12 + c], 0x88);
    v[12 + c] = _mm512_shuffle_i32x4(t[4 + c], t[12 + c], 0xDD);
  }
}

// The turned pairs of at most 32 of `columns` columns, those of `lanes`, `stride` numbers apart.
[[gnu::always_inline]] inline void storePairs(const __m512i (&v)[16], std::int64_t columns,
                                              __mmask16 lanes, std::uint32_t* to,
                                              std::int64_t stride) {
  const std::int64_t count = columns < 32 ? (columns + 1) / 2 : 16;
  for (std::int64_t p = 0; p < count; ++p) _mm512_mask_storeu_epi32(to + p * stride, lanes, v[p]);
}

void packTile(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t columns,
              std::uint32_t* tile) {
  for (std::int64_t c = 0; c < columns; c += 32) {
    __m512i v[16];
    for (int r = 0; r < 16; ++r)
      v[r] = r < rows ? roundPairs(x + r * stride + c, columns - c) : _mm512_setzero_si512();
    transpose(v);
    storePairs(v, columns - c, first16(kTileRows), tile + c / 2 * kTileRows, kTileRows);
  }
}

void packPanel(const std::uint16_t* weight, std::int64_t stride, std::int64_t outputs,
               std::int64_t columns, std::uint32_t* panel) {
  for (std::int64_t half = 0; half < kPanelOutputs; half += 16)
    for (std::int64_t c = 0; c < columns; c += 32) {
      __m512i v[16];
      const __mmask32 mask = first32(columns - c);
      for (int o = 0; o < 16; ++o)
        v[o] = half + o < outputs ? _mm512_maskz_loadu_epi16(mask, weight + (half + o) * stride + c)
                                  : _mm512_setzero_si512();
      transpose(v);
      storePairs(v, columns - c, first16(16), panel + c / 2 * kPanelOutputs + half, kPanelOutputs);
    }
}

template <int R>
void multiplyRows(const PanelProduct& a) {
  const __mmask16 mask[2] = {first16(a.outputs), first16(a.outputs - 16)};
  __m512 acc[R][2];
  for (int r = 0; r < R; ++r)
    for (int h = 0; h < 2; ++h)
      acc[r][h] = a.add    ? _mm512_maskz_loadu_ps(mask[h], a.y + r * a.yStride + 16 * h)
                  : a.bias ? _mm512_maskz_loadu_ps(mask[h], a.bias + 16 * h)
                           : _mm512_setzero_ps();
  const std::uint32_t* panel = a.panel;
  const std::uint32_t* tile = a.tile;
  for (std::int64_t p = 0; p < a.pairs; ++p, panel += kPanelOutputs, tile += kTileRows) {
    const auto low = reinterpret_cast<__m512bh>(_mm512_load_si512(panel));
    const auto high = reinterpret_cast<__m512bh>(_mm512_load_si512(panel + 16));
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const auto x =
          reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<std::int32_t>(tile[r])));
      acc[r][0] = _mm512_dpbf16_ps(acc[r][0], low, x);
      acc[r][1] = _mm512_dpbf16_ps(acc[r][1], high, x);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int h = 0; h < 2; ++h)
      _mm512_mask_storeu_ps(a.y + r * a.yStride + 16 * h, mask[h], acc[r][h]);
}

// The sums of a tile of fewer rows stay in registers too: one function for each number.
template <int R>
void multiplyUpTo(const PanelProduct& product) {
  if (product.rows == R) return multiplyRows<R>(product);
  if constexpr (R > 1) multiplyUpTo<R - 1>(product);
}

}  // namespace

MatmulKernels matmulKernels() {
  return {packTile, packPanel, multiplyUpTo<kTileRows>};
}

}  // namespace orrery::kernels::avx512
#endif
