#include "core/checkpoint/dtype.h"

#include <array>
#include <limits>

namespace orrery::checkpoint {
namespace {

constexpr int kNotGgml = -1;

struct Row {
  DType dtype;
  std::string_view name;
  BlockLayout layout;
  int ggmlType;  ///< number in a GGUF file, or kNotGgml
};

// In the order of the enumeration, so that the value is the index.
constexpr Row kRows[] = {
    {DType::kBool, "BOOL", {1, 1}, kNotGgml},
    {DType::kU8, "U8", {1, 1}, kNotGgml},
    {DType::kI8, "I8", {1, 1}, 24},
    {DType::kU16, "U16", {1, 2}, kNotGgml},
    {DType::kI16, "I16", {1, 2}, 25},
    {DType::kU32, "U32", {1, 4}, kNotGgml},
    {DType::kI32, "I32", {1, 4}, 26},
    {DType::kU64, "U64", {1, 8}, kNotGgml},
    {DType::kI64, "I64", {1, 8}, 27},
    {DType::kF16, "F16", {1, 2}, 1},
    {DType::kBF16, "BF16", {1, 2}, 30},
    {DType::kF32, "F32", {1, 4}, 0},
    {DType::kF64, "F64", {1, 8}, 28},
    {DType::kC64, "C64", {1, 8}, kNotGgml},
    {DType::kF8E4M3, "F8_E4M3", {1, 1}, kNotGgml},
    {DType::kF8E5M2, "F8_E5M2", {1, 1}, kNotGgml},
    {DType::kF8E8M0, "F8_E8M0", {1, 1}, kNotGgml},
    {DType::kF8E4M3FNUZ, "F8_E4M3FNUZ", {1, 1}, kNotGgml},
    {DType::kF8E5M2FNUZ, "F8_E5M2FNUZ", {1, 1}, kNotGgml},
    {DType::kF4, "F4", {2, 1}, kNotGgml},
    {DType::kF6E2M3, "F6_E2M3", {4, 3}, kNotGgml},
    {DType::kF6E3M2, "F6_E3M2", {4, 3}, kNotGgml},
    {DType::kQ4_0, "Q4_0", {32, 18}, 2},
    {DType::kQ4_1, "Q4_1", {32, 20}, 3},
    {DType::kQ5_0, "Q5_0", {32, 22}, 6},
    {DType::kQ5_1, "Q5_1", {32, 24}, 7},
    {DType::kQ8_0, "Q8_0", {32, 34}, 8},
    {DType::kQ8_1, "Q8_1", {32, 40}, 9},
    {DType::kQ2_K, "Q2_K", {256, 84}, 10},
    {DType::kQ3_K, "Q3_K", {256, 110}, 11},
    {DType::kQ4_K, "Q4_K", {256, 144}, 12},
    {DType::kQ5_K, "Q5_K", {256, 176}, 13},
    {DType::kQ6_K, "Q6_K", {256, 210}, 14},
    {DType::kQ8_K, "Q8_K", {256, 292}, 15},
    {DType::kIQ2_XXS, "IQ2_XXS", {256, 66}, 16},
    {DType::kIQ2_XS, "IQ2_XS", {256, 74}, 17},
    {DType::kIQ3_XXS, "IQ3_XXS", {256, 98}, 18},
    {DType::kIQ1_S, "IQ1_S", {256, 50}, 19},
    {DType::kIQ4_NL, "IQ4_NL", {32, 18}, 20},
    {DType::kIQ3_S, "IQ3_S", {256, 110}, 21},
    {DType::kIQ2_S, "IQ2_S", {256, 82}, 22},
    {DType::kIQ4_XS, "IQ4_XS", {256, 136}, 23},
    {DType::kIQ1_M, "IQ1_M", {256, 56}, 29},
    {DType::kTQ1_0, "TQ1_0", {256, 54}, 34},
    {DType::kTQ2_0, "TQ2_0", {256, 66}, 35},
    {DType::kMXFP4, "MXFP4", {32, 17}, 39},
    {DType::kNVFP4, "NVFP4", {64, 36}, 40},
    {DType::kQ1_0, "Q1_0", {128, 18}, 41},
};

constexpr bool rowsAreInOrder() {
  for (std::size_t i = 0; i < std::size(kRows); ++i)
    if (static_cast<std::size_t>(kRows[i].dtype) != i) return false;
  return true;
}
static_assert(rowsAreInOrder());

const Row& rowOf(DType dtype) {
  return kRows[static_cast<std::size_t>(dtype)];
}

/// a * b for values that are not negative, or nothing above 2^63.
std::optional<std::int64_t> product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  return result;
}

}  // namespace

BlockLayout blockLayout(DType dtype) {
  return rowOf(dtype).layout;
}

bool isPacked(DType dtype) {
  return dtype >= DType::kQ4_0;
}

std::string_view dtypeName(DType dtype) {
  return rowOf(dtype).name;
}

std::optional<DType> dtypeFromSafetensorsName(std::string_view name) {
  for (const Row& row : kRows)
    if (!isPacked(row.dtype) && row.name == name) return row.dtype;
  return std::nullopt;
}

std::optional<DType> dtypeFromGgmlType(std::uint32_t number) {
  for (const Row& row : kRows)
    if (row.ggmlType != kNotGgml && static_cast<std::uint32_t>(row.ggmlType) == number)
      return row.dtype;
  return std::nullopt;
}

std::optional<std::int64_t> tensorBytes(DType dtype, std::span<const std::int64_t> shape) {
  std::int64_t elements = 1;
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) {
      empty = true;
      continue;
    }
    const auto more = product(elements, size);
    if (!more) return std::nullopt;
    elements = *more;
  }
  if (empty) return 0;
  const BlockLayout layout = blockLayout(dtype);
  if (isPacked(dtype) && (shape.empty() || shape.back() % layout.elements != 0))
    return std::nullopt;
  if (elements % layout.elements != 0) return std::nullopt;
  return product(elements / layout.elements, layout.bytes);
}

}  // namespace orrery::checkpoint
