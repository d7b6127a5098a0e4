#include "core/checkpoint/dequantize.h"

#include <bit>

#include "core/base/error.h"
#include "core/checkpoint/dequantize_blocks.h"

namespace orrery::checkpoint {
namespace {

using Unpack = void (*)(const std::uint8_t* in, float* out);

void f32(const std::uint8_t* in, float* out) {
  *out = blocks::load<float>(in);
}
void f16(const std::uint8_t* in, float* out) {
  *out = blocks::loadHalf(in);
}
void bf16(const std::uint8_t* in, float* out) {
  *out = std::bit_cast<float>(static_cast<std::uint32_t>(blocks::load<std::uint16_t>(in)) << 16);
}

struct Row {
  DType dtype;
  Unpack unpack;
};

constexpr Row kRows[] = {
    {DType::kF32, f32},
    {DType::kF16, f16},
    {DType::kBF16, bf16},
    {DType::kQ4_0, blocks::q4_0},
    {DType::kQ4_1, blocks::q4_1},
    {DType::kQ5_0, blocks::q5_0},
    {DType::kQ5_1, blocks::q5_1},
    {DType::kQ8_0, blocks::q8_0},
    {DType::kQ2_K, blocks::q2_K},
    {DType::kQ3_K, blocks::q3_K},
    {DType::kQ4_K, blocks::q4_K},
    {DType::kQ5_K, blocks::q5_K},
    {DType::kQ6_K, blocks::q6_K},
    {DType::kIQ2_XXS, blocks::iq2_XXS},
    {DType::kIQ2_XS, blocks::iq2_XS},
    {DType::kIQ2_S, blocks::iq2_S},
    {DType::kIQ3_XXS, blocks::iq3_XXS},
    {DType::kIQ3_S, blocks::iq3_S},
    {DType::kIQ1_S, blocks::iq1_S},
    {DType::kIQ1_M, blocks::iq1_M},
    {DType::kIQ4_NL, blocks::iq4_NL},
    {DType::kIQ4_XS, blocks::iq4_XS},
    {DType::kTQ1_0, blocks::tq1_0},
    {DType::kTQ2_0, blocks::tq2_0},
    {DType::kMXFP4, blocks::mxfp4},
    {DType::kNVFP4, blocks::nvfp4},
};

Unpack unpackerOf(DType dtype) {
  for (const Row& row : kRows)
    if (row.dtype == dtype) return row.unpack;
  return nullptr;
}

}  // namespace

bool canDequantize(DType dtype) {
  return unpackerOf(dtype) != nullptr;
}

void dequantize(DType dtype, std::span<const std::byte> packed, std::span<float> values) {
  const Unpack unpack = unpackerOf(dtype);
  if (!unpack)
    throw Error(ErrorKind::kUnsupported, "values of type {} cannot be unpacked", dtypeName(dtype));
  const auto elements = static_cast<std::size_t>(blockLayout(dtype).elements);
  const auto bytes = static_cast<std::size_t>(blockLayout(dtype).bytes);
  if (packed.size() % bytes != 0 || packed.size() / bytes * elements != values.size())
    throw Error(ErrorKind::kInternal, "{} bytes of {} do not hold {} values", packed.size(),
                dtypeName(dtype), values.size());
  const auto* in = reinterpret_cast<const std::uint8_t*>(packed.data());
  float* out = values.data();
  for (std::size_t i = 0; i < packed.size(); i += bytes, out += elements) unpack(in + i, out);
}

float halfToFloat(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  const std::uint32_t exponent = bits >> 10 & 0x1F;
  const std::uint32_t mantissa = bits & 0x3FF;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000 | mantissa << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;  // subnormal
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

}  // namespace orrery::checkpoint
