#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace orrery::checkpoint {

/// How the elements of a tensor lie in a file: the scalar types of safetensors and the block types
/// of GGUF (llama.cpp's ggml_type; names in upper case as `gguf` for Python has them).
enum class DType : std::uint8_t {
  // scalars
  kBool,
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kU64,
  kI64,
  kF16,
  kBF16,
  kF32,
  kF64,
  kC64,
  kF8E4M3,
  kF8E5M2,
  kF8E8M0,
  kF8E4M3FNUZ,
  kF8E5M2FNUZ,
  kF4,
  kF6E2M3,
  kF6E3M2,
  // blocks
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ8_1,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kQ8_K,
  kIQ2_XXS,
  kIQ2_XS,
  kIQ3_XXS,
  kIQ1_S,
  kIQ4_NL,
  kIQ3_S,
  kIQ2_S,
  kIQ4_XS,
  kIQ1_M,
  kTQ1_0,
  kTQ2_0,
  kMXFP4,
  kNVFP4,
  kQ1_0,
};

/// What is stored together: `elements` values in `bytes` bytes. A scalar is a block of one (F4: two
/// in one byte; F6: four in three bytes).
struct BlockLayout {
  std::int64_t elements;
  std::int64_t bytes;
};

BlockLayout blockLayout(DType dtype);

/// True for GGUF's block types, which must be multiplied packed or dequantized.
bool isPacked(DType dtype);

/// "F32", "BF16", "Q4_K", … as safetensors and gguf spell them.
std::string_view dtypeName(DType dtype);

/// The type that a safetensors header calls `name`, or nothing.
std::optional<DType> dtypeFromSafetensorsName(std::string_view name);

/// The type of a ggml_type number, or nothing if llama.cpp has no such type (or dropped it).
std::optional<DType> dtypeFromGgmlType(std::uint32_t number);

/// Bytes of a tensor of that shape, or nothing if a size is negative, the number of elements or
/// bytes overflows 63 bits, or the elements do not fill whole blocks (for packed types: in every
/// row).
std::optional<std::int64_t> tensorBytes(DType dtype, std::span<const std::int64_t> shape);

}  // namespace orrery::checkpoint
