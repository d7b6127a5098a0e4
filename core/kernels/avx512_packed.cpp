// Packed weights with VNNI, in groups of 64 columns. No shared inline code: see CMakeLists.txt.

#ifdef ORRERY_X86_KERNELS
#include <immintrin.h>

#include "core/kernels/kernel_table.h"

namespace orrery::kernels::avx512 {
namespace {

// 64 weights: (values - offset) * scale + min, with scale and min given for each lane of four.
// Without a minimum it is -0, which keeps the sign of a zero.
struct Group {
  __m512i values;  // unsigned bytes
  __m512 scale;
  __m512 min;
};

__m256i load32(const std::byte* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

std::uint16_t word(const std::byte* p) {
  std::uint16_t bits;
  __builtin_memcpy(&bits, p, 2);
  return bits;
}

std::uint32_t word32(const std::byte* p) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, p, 4);
  return bits;
}

// lanes 0..7: a, lanes 8..15: b, as half precision
__m512 halves(std::uint16_t a, std::uint16_t b) {
  return _mm512_cvtph_ps(_mm256_set_m128i(_mm_set1_epi16(static_cast<short>(b)),
                                          _mm_set1_epi16(static_cast<short>(a))));
}

template <int N>
struct Index {
  constexpr operator int() const { return N; }
};

// Calls body(Index<0>), … body(Index<N - 1>), written out before the compiler decides what lives in
// registers: accumulators that are indexed in a loop would live in memory.
template <int N, class Body>
[[gnu::always_inline]] inline void unrolled(const Body& body) {
  if constexpr (N > 0) {
    unrolled<N - 1>(body);
    body(Index<N - 1>{});
  }
}

// Each type: kStep columns in kBytes, of which kGroups groups are taken; load() reads the bytes
// that are inside `blocks` blocks of 32 only (types of 256 columns are always whole). kShift: log2
// of the offset, or -1. kMin: whether there is a minimum.

struct Q8_0 {
  static constexpr int kGroups = 1, kBytes = 68, kShift = 7;
  static constexpr bool kMin = false;
  struct Step {
    const std::byte* p;
    bool whole;
  };
  static Step step(const std::byte* p, bool whole) { return {p, whole}; }
  static Group group(const Step& s, int) {
    const __m512i low = _mm512_zextsi256_si512(load32(s.p + 2));
    const __m512i bytes = s.whole ? _mm512_inserti64x4(low, load32(s.p + 36), 1) : low;
    return {_mm512_xor_si512(bytes, _mm512_set1_epi8(-128)),
            halves(word(s.p), s.whole ? word(s.p + 34) : std::uint16_t{0}), _mm512_set1_ps(-0.0F)};
  }
};

// Two blocks of kBlock bytes with 16 bytes of nibbles at their end, in one register.
template <int kBlock>
struct Nibbles {
  static constexpr int kGroups = 1, kBytes = 2 * kBlock;
  using Step = __m512i;
  static Step step(const std::byte* p, bool whole) {
    const __mmask64 mask = (std::uint64_t{1} << (whole ? 2 * kBlock : kBlock)) - 1;
    return _mm512_maskz_loadu_epi8(mask, p);
  }
  static __m512i values(__m512i raw) {
    alignas(64) static constexpr auto order = [] {
      struct {
        unsigned char at[64];
      } table{};
      for (int i = 0; i < 64; ++i)
        table.at[i] = static_cast<unsigned char>(i / 32 * kBlock + kBlock - 16 + i % 16);
      return table;
    }();
    const __m512i shift = _mm512_set_epi64(0x0004000400040004, 0x0004000400040004, 0, 0,
                                           0x0004000400040004, 0x0004000400040004, 0, 0);
    const __m512i bytes = _mm512_permutexvar_epi8(_mm512_load_si512(order.at), raw);
    return _mm512_and_si512(_mm512_srlv_epi16(bytes, shift), _mm512_set1_epi8(15));
  }
  // The half-precision number at each block's byte 0 to the first 256 bits, that at byte 2 to the
  // others.
  static __m512i headers(__m512i raw) {
    alignas(64) static constexpr auto order = [] {
      struct {
        unsigned short at[32];
      } table{};
      for (int i = 0; i < 32; ++i)
        table.at[i] = static_cast<unsigned short>(i / 8 % 2 * (kBlock / 2) + i / 16);
      return table;
    }();
    return _mm512_permutexvar_epi16(_mm512_load_si512(order.at), raw);
  }
};

struct Q4_0 : Nibbles<18> {
  static constexpr int kShift = 3;
  static constexpr bool kMin = false;
  static Group group(__m512i raw, int) {
    return {values(raw), _mm512_cvtph_ps(_mm512_castsi512_si256(headers(raw))),
            _mm512_set1_ps(-0.0F)};
  }
};

struct Q4_1 : Nibbles<20> {
  static constexpr int kShift = -1;
  static constexpr bool kMin = true;
  static Group group(__m512i raw, int) {
    const __m512i both = headers(raw);
    return {values(raw), _mm512_cvtph_ps(_mm512_castsi512_si256(both)),
            _mm512_cvtph_ps(_mm512_extracti64x4_epi64(both, 1))};
  }
};

struct Q4_K {
  static constexpr int kGroups = 4, kBytes = 144, kShift = -1;
  static constexpr bool kMin = true;
  struct Step {
    const std::byte* p;
    __m256 scale, min;  // of the 8 blocks of 32
  };
  static __m256 floats(std::uint32_t low, std::uint32_t high) {
    return _mm256_cvtepi32_ps(
        _mm256_cvtepu8_epi32(_mm_set_epi32(0, 0, static_cast<int>(high), static_cast<int>(low))));
  }
  static Step step(const std::byte* p, bool) {
    const std::uint32_t a = word32(p + 4), b = word32(p + 8), c = word32(p + 12);
    const __m256 scale = floats(a & 0x3F3F3F3FU, (c & 0x0F0F0F0FU) | ((a >> 2) & 0x30303030U));
    const __m256 min = floats(b & 0x3F3F3F3FU, ((c >> 4) & 0x0F0F0F0FU) | ((b >> 2) & 0x30303030U));
    const __m256 d = _mm256_cvtph_ps(_mm_set1_epi16(static_cast<short>(word(p))));
    const __m256 m = _mm256_cvtph_ps(_mm_set1_epi16(static_cast<short>(word(p + 2))));
    return {p, _mm256_mul_ps(d, scale),
            _mm256_xor_ps(_mm256_mul_ps(m, min), _mm256_set1_ps(-0.0F))};
  }
  static Group group(const Step& s, int g) {
    const __m512i index = _mm512_add_epi32(
        _mm512_set1_epi32(2 * g), _mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0));
    const __m512i both = _mm512_broadcast_i64x4(load32(s.p + 16 + 32 * g));
    const __m512i high = _mm512_srli_epi16(both, 4);
    return {_mm512_and_si512(_mm512_mask_blend_epi64(0xF0, both, high), _mm512_set1_epi8(15)),
            _mm512_permutexvar_ps(index, _mm512_zextps256_ps512(s.scale)),
            _mm512_permutexvar_ps(index, _mm512_zextps256_ps512(s.min))};
  }
};

struct Q6_K {
  static constexpr int kGroups = 4, kBytes = 210, kShift = 5;
  static constexpr bool kMin = false;
  struct Step {
    const std::byte* p;
    __m512 scale;  // of the 16 blocks of 16
  };
  static Step step(const std::byte* p, bool) {
    const __m512i scales =
        _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 192)));
    const __m512 d = _mm512_cvtph_ps(_mm256_set1_epi16(static_cast<short>(word(p + 208))));
    return {p, _mm512_mul_ps(d, _mm512_cvtepi32_ps(scales))};
  }
  static Group group(const Step& s, int g) {
    const __m512i four = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
    const __m512i low = _mm512_loadu_si512(s.p + g / 2 * 64);
    const __m512i high = _mm512_broadcast_i64x4(load32(s.p + 128 + g / 2 * 32));
    const short shift = g % 2 == 0 ? 0 : 4;
    const __m512i highShift = _mm512_mask_blend_epi64(
        0xF0, _mm512_set1_epi16(shift), _mm512_set1_epi16(static_cast<short>(shift + 2)));
    const __m512i low4 =
        _mm512_and_si512(_mm512_srlv_epi16(low, _mm512_set1_epi16(shift)), _mm512_set1_epi8(15));
    const __m512i high2 = _mm512_and_si512(_mm512_srlv_epi16(high, highShift), _mm512_set1_epi8(3));
    return {_mm512_or_si512(low4, _mm512_slli_epi16(high2, 4)),
            _mm512_permutexvar_ps(_mm512_add_epi32(four, _mm512_set1_epi32(4 * g)), s.scale),
            _mm512_set1_ps(-0.0F)};
  }
};

// One group of one output, by R rows.
template <class Type, int R>
void multiply(const Group& w, const PackedInput& in, std::int64_t from, __m512* acc) {
  unrolled<R>([&](auto k) {
    const std::int64_t at = from + k * in.padded;
    __m512i sum = _mm512_setzero_si512();
    if constexpr (Type::kShift >= 0)
      sum = _mm512_slli_epi32(_mm512_loadu_si512(in.negSums + at / 4), Type::kShift);
    sum = _mm512_dpbusd_epi32(sum, w.values, _mm512_loadu_si512(in.values + at));
    const __m512 scale = _mm512_mul_ps(w.scale, _mm512_loadu_ps(in.scales + at / 4));
    acc[k] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, acc[k]);
    if constexpr (Type::kMin)
      acc[k] = _mm512_fmadd_ps(w.min, _mm512_loadu_ps(in.scaledSums + at / 4), acc[k]);
  });
}

// Weights are asked for that many bytes before they are used: what memory delivers meanwhile.
constexpr std::int64_t kAhead = 4096;

// O outputs of R rows, each with one accumulator, so that every tile sums in the same order.
template <class Type, int O, int R>
void tile(const DotArgs& a, std::int64_t o, std::int64_t r) {
  constexpr std::int64_t kColumns = 64 * Type::kGroups;
  const std::byte* w = a.weight + o * a.rowBytes;
  const PackedInput in = *a.packed;
  const std::int64_t ahead = a.rowBytes * O > kAhead ? a.rowBytes * O : kAhead;
  __m512 acc[O][R];
  unrolled<O>([&](auto j) { unrolled<R>([&](auto k) { acc[j][k] = _mm512_setzero_ps(); }); });
  for (std::int64_t c = 0; c < a.columns; c += kColumns) {
    const bool whole = c + 64 <= a.columns;
    unrolled<O>([&](auto j) {
      const std::byte* at = w + j * a.rowBytes + c / kColumns * Type::kBytes;
      for (int line = 0; line < Type::kBytes; line += 64)
        _mm_prefetch(reinterpret_cast<const char*>(at + line + ahead), _MM_HINT_T0);
      const auto step = Type::step(at, whole);
      unrolled<Type::kGroups>([&](auto g) {
        multiply<Type, R>(Type::group(step, g), in, r * in.padded + c + 64 * g, acc[j]);
      });
    });
  }
  unrolled<O>([&](auto j) {
    unrolled<R>([&](auto k) {
      a.y[(r + k) * a.yStride + o + j] =
          _mm512_reduce_add_ps(acc[j][k]) + (a.bias ? a.bias[o + j] : 0.0F);
    });
  });
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

void pack(const float* x, std::int64_t count, std::int8_t* values, float* scales,
          std::int32_t* negSums, float* scaledSums) {
  __m512 poison = _mm512_setzero_ps();  // NaN if any input is not finite
  for (std::int64_t i = 0; i < count; i += 16)
    poison = _mm512_add_ps(poison, _mm512_mul_ps(_mm512_loadu_ps(x + i), _mm512_setzero_ps()));
  const float bad = _mm512_reduce_add_ps(poison);
  for (std::int64_t i = 0; i < count; i += 32) {
    const __m512 low = _mm512_loadu_ps(x + i), high = _mm512_loadu_ps(x + i + 16);
    const float most = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(low), _mm512_abs_ps(high)));
    const bool empty = !(most > 1e-30F) || bad != bad;
    const float scale = empty ? bad : most / 127.0F;
    const __m512 inverse = _mm512_set1_ps(empty ? 0.0F : 127.0F / most);
    const __mmask16 keep = empty ? 0 : 0xFFFF;
    const __m128i first =
        _mm512_cvtepi32_epi8(_mm512_maskz_cvtps_epi32(keep, _mm512_mul_ps(low, inverse)));
    const __m128i second =
        _mm512_cvtepi32_epi8(_mm512_maskz_cvtps_epi32(keep, _mm512_mul_ps(high, inverse)));
    const __m256i bytes = _mm256_set_m128i(second, first);
    const __m256i sums = _mm256_dpbusd_epi32(_mm256_setzero_si256(), _mm256_set1_epi8(1), bytes);
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
  constexpr std::int64_t kColumns = 64 * Type::kGroups;
  const __m512i offset = _mm512_set1_epi32(Type::kShift >= 0 ? 1 << (Type::kShift & 31) : 0);
  for (std::int64_t c = 0; c < count; c += kColumns) {
    const bool whole = c + 64 <= count;
    const auto step = Type::step(from + c / kColumns * Type::kBytes, whole);
    for (int g = 0; g < Type::kGroups; ++g) {
      const Group w = Type::group(step, g);
      alignas(64) std::uint8_t bytes[64];
      _mm512_store_si512(bytes, w.values);
      for (int v = 0; v < (whole ? 4 : 2); ++v) {
        const __m512i lane = _mm512_set1_epi32(4 * v);
        const __m512i value = _mm512_sub_epi32(
            _mm512_cvtepu8_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(bytes + 16 * v))),
            offset);
        __m512 scaled =
            _mm512_mul_ps(_mm512_cvtepi32_ps(value), _mm512_permutexvar_ps(lane, w.scale));
        // Two roundings, as the file format's own values have; the barrier keeps them from being
        // fused.
        __asm__("" : "+v"(scaled));
        _mm512_storeu_ps(to + c + 64 * g + 16 * v,
                         _mm512_add_ps(scaled, _mm512_permutexvar_ps(lane, w.min)));
      }
    }
  }
}

__mmask16 firstOf(std::int64_t count) {
  return count >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1U << count) - 1U);
}

void unpackBf16(const std::byte* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; i += 16) {
    const __mmask16 mask = firstOf(count - i);
    const __m512i bits = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from + 2 * i));
    _mm512_mask_storeu_epi32(to + i, mask, _mm512_slli_epi32(bits, 16));
  }
}

void unpackF16(const std::byte* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; i += 16) {
    const __mmask16 mask = firstOf(count - i);
    _mm512_mask_storeu_ps(to + i, mask,
                          _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, from + 2 * i)));
  }
}

// Not vcvtneps2bf16, which takes denormal numbers for zero.
void toBf16(const float* from, std::int64_t count, std::uint16_t* to) {
  const __m512i one = _mm512_set1_epi32(1);
  for (std::int64_t i = 0; i < count; i += 16) {
    const __mmask16 mask = firstOf(count - i);
    const __m512 value = _mm512_maskz_loadu_ps(mask, from + i);
    const __m512i bits = _mm512_castps_si512(value);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), one);
    const __m512i rounded = _mm512_srli_epi32(
        _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), odd), 16);
    const __mmask16 nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
    const __m512i quiet = _mm512_or_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(0x40));
    _mm256_mask_storeu_epi16(to + i, mask,
                             _mm512_cvtepi32_epi16(_mm512_mask_blend_epi32(nan, rounded, quiet)));
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

}  // namespace orrery::kernels::avx512
#endif
