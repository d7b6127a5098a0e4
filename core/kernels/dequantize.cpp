#include "core/kernels/dequantize.h"

#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "core/base/thread_pool.h"
#include "core/kernels/formats.h"

namespace orrery::kernels {

using checkpoint::DType;

namespace {

struct Layout {
  DType dtype;
  std::int64_t elements;  // of a block
  std::int64_t bytes;
};

constexpr Layout kLayouts[] = {
    {DType::kF32, 1, 4},      {DType::kBF16, 1, 2},     {DType::kF16, 1, 2},
    {DType::kQ8_0, 32, 34},   {DType::kQ4_0, 32, 18},   {DType::kQ4_1, 32, 20},
    {DType::kQ4_K, 256, 144}, {DType::kQ6_K, 256, 210},
};

const Layout* layoutOf(DType dtype) {
  const auto* found = std::ranges::find(kLayouts, dtype, &Layout::dtype);
  return found == std::end(kLayouts) ? nullptr : found;
}

/// Bytes of a weight below which another thread costs more than it saves.
constexpr std::int64_t kWorthSharing = 1 << 16;
constexpr std::int64_t kPiece = 1024;  // values on the stack between two conversions

void check(const Matrix& weight, const void* to) {
  const std::int64_t block = blockColumns(weight.dtype);
  if (block == 0)
    throw Error(ErrorKind::kUnsupported, "there is no kernel that dequantizes type {}",
                static_cast<int>(weight.dtype));
  if (weight.columns % block != 0)
    throw Error(ErrorKind::kInvalidInput,
                "{} columns, expected a multiple of the type's block of {}", weight.columns, block);
  if (weight.rows > 0 && (!weight.data || !to))
    throw Error(ErrorKind::kInternal, "a conversion without {}", to ? "weights" : "output");
}

/// Calls row(from, o) for each row on the threads of the pool.
template <class Row>
void forRows(const Matrix& weight, const Row& row) {
  const std::int64_t bytes = matrixRowBytes(weight.dtype, weight.columns);
  const auto* data = static_cast<const std::byte*>(weight.data);
  ThreadPool::shared().parallelFor(weight.rows, grainFor(kWorthSharing, bytes),
                                   [&](std::int64_t begin, std::int64_t end) {
                                     for (std::int64_t o = begin; o < end; ++o)
                                       row(data + o * bytes, o);
                                   });
}

}  // namespace

std::int64_t blockColumns(DType dtype) {
  const Layout* layout = layoutOf(dtype);
  return layout ? layout->elements : 0;
}

bool canMultiply(DType dtype) {
  return layoutOf(dtype) != nullptr;
}

std::int64_t matrixRowBytes(DType dtype, std::int64_t columns) {
  const Layout* layout = layoutOf(dtype);
  return layout ? columns / layout->elements * layout->bytes : 0;
}

UnpackFn unpackFor(DType dtype) {
  const UnpackKernels& table = kernels().unpack;
  switch (dtype) {
    case DType::kBF16:
      return table.bf16;
    case DType::kF16:
      return table.f16;
    case DType::kQ8_0:
      return table.q8_0;
    case DType::kQ4_0:
      return table.q4_0;
    case DType::kQ4_1:
      return table.q4_1;
    case DType::kQ4_K:
      return table.q4_K;
    case DType::kQ6_K:
      return table.q6_K;
    default:
      return nullptr;
  }
}

void toBf16(DType dtype, const std::byte* from, std::int64_t count, std::uint16_t* to) {
  const RoundFn round = kernels().unpack.toBf16;
  if (dtype == DType::kF32) {
    round(reinterpret_cast<const float*>(from), count, to);
    return;
  }
  const UnpackFn unpack = unpackFor(dtype);
  float piece[kPiece];
  for (std::int64_t at = 0; at < count; at += kPiece) {
    const std::int64_t part = std::min(kPiece, count - at);
    unpack(from + matrixRowBytes(dtype, at), part, piece);
    round(piece, part, to + at);
  }
}

void dequantizeRows(const Matrix& weight, float* to) {
  check(weight, to);
  const UnpackFn unpack = unpackFor(weight.dtype);
  forRows(weight, [&](const std::byte* from, std::int64_t o) {
    if (unpack)
      unpack(from, weight.columns, to + o * weight.columns);
    else
      std::memcpy(to + o * weight.columns, from, static_cast<std::size_t>(4 * weight.columns));
  });
}

void dequantizeRowsToBf16(const Matrix& weight, std::uint16_t* to) {
  check(weight, to);
  forRows(weight, [&](const std::byte* from, std::int64_t o) {
    if (weight.dtype == DType::kBF16)
      std::memcpy(to + o * weight.columns, from, static_cast<std::size_t>(2 * weight.columns));
    else
      toBf16(weight.dtype, from, weight.columns, to + o * weight.columns);
  });
}

}  // namespace orrery::kernels
