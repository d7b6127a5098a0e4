// Packed weights with AVX2, in groups of 32 columns. No shared inline code: see CMakeLists.txt.

#ifdef ORRERY_X86_KERNELS
#include <immintrin.h>

#include "core/kernels/kernel_table.h"

namespace orrery::kernels::avx2 {
namespace {

// 32 weights: (values - offset) * scale + min, with scale and min given for each lane of four.
// Without a minimum it is -0, which keeps the sign of a zero.
struct Group {
  __m256i values;  // unsigned bytes; signed where the type says kSigned
  __m256 scale;
  __m256 min;
};

std::uint16_t word(const std::byte* p) {
  std::uint16_t bits;
  __builtin_memcpy(&bits, p, 2);
  return bits;
}

__m256 half(const std::byte* p) {
  return _mm256_cvtph_ps(_mm_set1_epi16(static_cast<short>(word(p))));
}

__m256i load32(const std::byte* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

__m256i nibbles(const std::byte* p) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(bytes, 4), bytes), _mm256_set1_epi8(15));
}

// Each type: group() takes group g of a row. kShift: log2 of the offset, or -1.

struct Q8_0 {
  static constexpr int kShift = -1;
  static constexpr bool kMin = false, kSigned = true;
  static Group group(const std::byte* row, std::int64_t g) {
    const std::byte* p = row + g * 34;
    return {load32(p + 2), half(p), _mm256_set1_ps(-0.0F)};
  }
};

struct Q4_0 {
  static constexpr int kShift = 3;
  static constexpr bool kMin = false, kSigned = false;
  static Group group(const std::byte* row, std::int64_t g) {
    const std::byte* p = row + g * 18;
    return {nibbles(p + 2), half(p), _mm256_set1_ps(-0.0F)};
  }
};

struct Q4_1 {
  static constexpr int kShift = -1;
  static constexpr bool kMin = true, kSigned = false;
  static Group group(const std::byte* row, std::int64_t g) {
    const std::byte* p = row + g * 20;
    return {nibbles(p + 4), half(p), half(p + 2)};
  }
};

struct Q4_K {
  static constexpr int kShift = -1;
  static constexpr bool kMin = true, kSigned = false;
  static Group group(const std::byte* row, std::int64_t g) {
    const std::byte* p = row + g / 8 * 144;
    const auto s = g % 8;
    const auto at = [packed = p + 4](std::int64_t i) { return static_cast<int>(packed[i]); };
    const int scale = s < 4 ? at(s) & 63 : (at(s + 4) & 15) | (at(s - 4) >> 6 << 4);
    const int min = s < 4 ? at(s + 4) & 63 : (at(s + 4) >> 4) | (at(s) >> 6 << 4);
    const __m256i bytes = load32(p + 16 + s / 2 * 32);
    const __m256i shifted = _mm256_srl_epi16(bytes, _mm_cvtsi32_si128(s % 2 == 0 ? 0 : 4));
    const __m256 m = _mm256_mul_ps(half(p + 2), _mm256_set1_ps(static_cast<float>(min)));
    return {_mm256_and_si256(shifted, _mm256_set1_epi8(15)),
            _mm256_mul_ps(half(p), _mm256_set1_ps(static_cast<float>(scale))),
            _mm256_xor_ps(m, _mm256_set1_ps(-0.0F))};
  }
};

struct Q6_K {
  static constexpr int kShift = 5;
  static constexpr bool kMin = false, kSigned = false;
  static Group group(const std::byte* row, std::int64_t g) {
    const std::byte* p = row + g / 8 * 210;
    const auto s = g % 8;
    const int part = static_cast<int>(s % 4);
    const __m256i low = _mm256_srl_epi16(load32(p + s / 4 * 64 + part % 2 * 32),
                                         _mm_cvtsi32_si128(part < 2 ? 0 : 4));
    const __m256i high =
        _mm256_srl_epi16(load32(p + 128 + s / 4 * 32), _mm_cvtsi32_si128(2 * part));
    const __m256i high2 = _mm256_slli_epi16(_mm256_and_si256(high, _mm256_set1_epi8(3)), 4);
    const auto scale = [p, s](std::int64_t i) {
      return _mm_set1_ps(static_cast<float>(static_cast<std::int8_t>(p[192 + 2 * s + i])));
    };
    return {_mm256_or_si256(_mm256_and_si256(low, _mm256_set1_epi8(15)), high2),
            _mm256_mul_ps(half(p + 208), _mm256_set_m128(scale(1), scale(0))),
            _mm256_set1_ps(-0.0F)};
  }
};

float sum(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

template <class Type, int R>
void multiply(const Group& w, const PackedInput& in, std::int64_t r, std::int64_t at, __m256* acc) {
  const __m256i ones = _mm256_set1_epi16(1);
  for (int k = 0; k < R; ++k) {
    const std::int64_t from = (r + k) * in.padded + at;
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in.values + from));
    // Pairs of products stay inside 16 bits: at most 128 * 127 * 2.
    const __m256i pairs = Type::kSigned ? _mm256_maddubs_epi16(_mm256_abs_epi8(w.values),
                                                               _mm256_sign_epi8(x, w.values))
                                        : _mm256_maddubs_epi16(w.values, x);
    __m256i lanes = _mm256_madd_epi16(pairs, ones);
    if constexpr (Type::kShift >= 0) {
      const __m256i negative =
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in.negSums + from / 4));
      lanes = _mm256_add_epi32(lanes, _mm256_slli_epi32(negative, Type::kShift));
    }
    const __m256 scale = _mm256_mul_ps(w.scale, _mm256_loadu_ps(in.scales + from / 4));
    acc[k] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(lanes), scale, acc[k]);
    if constexpr (Type::kMin)
      acc[k] = _mm256_fmadd_ps(w.min, _mm256_loadu_ps(in.scaledSums + from / 4), acc[k]);
  }
}

// O outputs of R rows, each with one accumulator, so that every tile sums in the same order.
template <class Type, int O, int R>
void tile(const DotArgs& a, std::int64_t o, std::int64_t r) {
  __m256 acc[O][R];
  for (auto& row : acc)
    for (auto& value : row) value = _mm256_setzero_ps();
  for (std::int64_t g = 0; g < a.columns / 32; ++g)
    for (int j = 0; j < O; ++j)
      multiply<Type, R>(Type::group(a.weight + (o + j) * a.rowBytes, g), *a.packed, r, 32 * g,
                        acc[j]);
  for (int j = 0; j < O; ++j)
    for (int k = 0; k < R; ++k)
      a.y[(r + k) * a.yStride + o + j] = sum(acc[j][k]) + (a.bias ? a.bias[o + j] : 0.0F);
}

template <class Type, int O>
void tiles(const DotArgs& a, std::int64_t o) {
  std::int64_t r = 0;
  for (; r + 4 <= a.rows; r += 4) tile<Type, O, 4>(a, o, r);
  for (; r < a.rows; ++r) tile<Type, O, 1>(a, o, r);
}

template <class Type>
void dot(const DotArgs& a, std::int64_t begin, std::int64_t end) {
  std::int64_t o = begin;
  for (; o + 2 <= end; o += 2) tiles<Type, 2>(a, o);
  for (; o < end; ++o) tiles<Type, 1>(a, o);
}

// The largest magnitude of 32 values.
float largest(const float* x) {
  const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF));
  __m256 most = _mm256_setzero_ps();
  for (int i = 0; i < 32; i += 8)
    most = _mm256_max_ps(_mm256_and_ps(_mm256_loadu_ps(x + i), magnitude), most);
  __m128 m = _mm_max_ps(_mm256_castps256_ps128(most), _mm256_extractf128_ps(most, 1));
  m = _mm_max_ps(m, _mm_movehl_ps(m, m));
  return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

void pack(const float* x, std::int64_t count, std::int8_t* values, float* scales,
          std::int32_t* negSums, float* scaledSums) {
  __m256 poison = _mm256_setzero_ps();  // NaN if any input is not finite
  for (std::int64_t i = 0; i < count; i += 8)
    poison = _mm256_add_ps(poison, _mm256_mul_ps(_mm256_loadu_ps(x + i), _mm256_setzero_ps()));
  const float bad = sum(poison);
  for (std::int64_t i = 0; i < count; i += 32) {
    const float most = largest(x + i);
    const bool empty = !(most > 1e-30F) || bad != bad;
    const float scale = empty ? bad : most / 127.0F;
    const __m256 inverse = _mm256_set1_ps(empty ? 0.0F : 127.0F / most);
    const __m256i keep = _mm256_set1_epi32(empty ? 0 : -1);
    __m256i ints[4];
    for (int v = 0; v < 4; ++v)
      ints[v] = _mm256_and_si256(
          keep, _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + i + 8 * v), inverse)));
    const __m256i mixed = _mm256_packs_epi16(_mm256_packs_epi32(ints[0], ints[1]),
                                             _mm256_packs_epi32(ints[2], ints[3]));
    const __m256i bytes =
        _mm256_permutevar8x32_epi32(mixed, _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0));
    const __m256i sums =
        _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_set1_epi8(1), bytes), _mm256_set1_epi16(1));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(values + i), bytes);
    _mm256_storeu_ps(scales + i / 4, _mm256_set1_ps(scale));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(negSums + i / 4),
                        _mm256_sub_epi32(_mm256_setzero_si256(), sums));
    _mm256_storeu_ps(scaledSums + i / 4,
                     _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_set1_ps(scale)));
  }
}

template <class Type>
void unpack(const std::byte* from, std::int64_t count, float* to) {
  const __m256i offset = _mm256_set1_epi32(Type::kShift >= 0 ? 1 << (Type::kShift & 31) : 0);
  for (std::int64_t g = 0; g < count / 32; ++g) {
    const Group w = Type::group(from, g);
    alignas(32) std::uint8_t bytes[32];
    _mm256_store_si256(reinterpret_cast<__m256i*>(bytes), w.values);
    for (int v = 0; v < 4; ++v) {
      const __m128i eight = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes + 8 * v));
      const __m256i value =
          Type::kSigned ? _mm256_cvtepi8_epi32(eight) : _mm256_cvtepu8_epi32(eight);
      const __m256 number = _mm256_cvtepi32_ps(_mm256_sub_epi32(value, offset));
      const __m256i lane = _mm256_set1_epi32(2 * v);
      __m256 scaled = _mm256_mul_ps(number, _mm256_permutevar8x32_ps(w.scale, lane));
      // Two roundings, as the file format's own values have; the barrier keeps them from being
      // fused.
      __asm__("" : "+x"(scaled));
      _mm256_storeu_ps(to + 32 * g + 8 * v,
                       _mm256_add_ps(scaled, _mm256_permutevar8x32_ps(w.min, lane)));
    }
  }
}

void unpackBf16(const std::byte* from, std::int64_t count, float* to) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 2 * i));
    _mm256_storeu_ps(to + i,
                     _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16)));
  }
  for (; i < count; ++i) {
    const std::uint32_t bits = static_cast<std::uint32_t>(word(from + 2 * i)) << 16;
    __builtin_memcpy(to + i, &bits, 4);
  }
}

void unpackF16(const std::byte* from, std::int64_t count, float* to) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm256_storeu_ps(
        to + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 2 * i))));
  for (; i < count; ++i) to[i] = _mm256_cvtss_f32(half(from + 2 * i));
}

// 8 values to bfloat16 in the low halves of the lanes.
__m256i rounded(__m256 value) {
  const __m256i bits = _mm256_castps_si256(value);
  const __m256i top = _mm256_srli_epi32(bits, 16);
  const __m256i odd = _mm256_and_si256(top, _mm256_set1_epi32(1));
  const __m256i up = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7FFF)), odd);
  const __m256i quiet = _mm256_or_si256(top, _mm256_set1_epi32(0x40));
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
  return _mm256_blendv_epi8(_mm256_srli_epi32(up, 16), quiet, nan);
}

void toBf16(const float* from, std::int64_t count, std::uint16_t* to) {
  for (std::int64_t i = 0; i < count; i += 8) {
    const std::int64_t left = count - i < 8 ? count - i : 8;
    alignas(32) float in[8] = {};
    __builtin_memcpy(in, from + i, static_cast<std::size_t>(4 * left));
    const __m256i words = rounded(_mm256_load_ps(in));
    const __m128i packed =
        _mm_packus_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    alignas(16) std::uint16_t out[8];
    _mm_store_si128(reinterpret_cast<__m128i*>(out), packed);
    __builtin_memcpy(to + i, out, static_cast<std::size_t>(2 * left));
  }
}

}  // namespace

PackedKernels packedKernels() {
  return {pack, dot<Q8_0>, dot<Q4_0>, dot<Q4_1>, dot<Q4_K>, dot<Q6_K>};
}

UnpackKernels unpackKernels() {
  return {unpackBf16,   unpackF16,    unpack<Q8_0>, unpack<Q4_0>,
          unpack<Q4_1>, unpack<Q4_K>, unpack<Q6_K>, toBf16};
}

}  // namespace orrery::kernels::avx2
#endif
