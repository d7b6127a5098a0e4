#include "core/checkpoint/gguf_layout.h"

#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "core/checkpoint/dequantize.h"

namespace orrery::checkpoint {
namespace {

constexpr std::size_t kMxfp4Bytes = 17;
constexpr std::size_t kMxfp4Nibbles = 16;

/// A tensor of that type and shape with bytes of its own, which `data` is set to.
TensorView allocate(DType dtype, std::vector<std::int64_t> shape, std::byte*& data) {
  const auto bytes = static_cast<std::size_t>(*tensorBytes(dtype, shape));
  auto owner = std::make_shared<std::vector<std::byte>>(bytes);
  data = owner->data();
  return {dtype, std::move(shape), {owner->data(), bytes}, owner};
}

/// A vector counts as a column: each element is a row, so it cannot be packed.
std::int64_t rowsOf(const TensorView& view) {
  if (view.shape.size() < 2 && isPacked(view.dtype))
    throw Error(ErrorKind::kInvalidInput, "is a vector of type {}, expected numbers",
                dtypeName(view.dtype));
  return view.shape.size() < 2 ? view.elements()
                               : view.elements() / std::max<std::int64_t>(1, view.shape.back());
}

void expectHeads(std::int64_t rows, std::int64_t heads, std::int64_t multiple) {
  if (heads <= 0 || heads > rows || rows % (heads * multiple) != 0)
    throw Error(ErrorKind::kInvalidInput, "has {} rows, which {} heads do not divide", rows, heads);
}

}  // namespace

TensorView withRows(const TensorView& view,
                    const std::function<std::int64_t(std::int64_t)>& source) {
  const std::int64_t rows = rowsOf(view);
  std::byte* data = nullptr;
  TensorView result = allocate(view.dtype, view.shape, data);
  if (rows == 0) return result;
  const std::size_t bytes = view.data.size() / static_cast<std::size_t>(rows);
  for (std::int64_t row = 0; row < rows; ++row)
    std::memcpy(data + static_cast<std::size_t>(row) * bytes,
                view.data.data() + static_cast<std::size_t>(source(row)) * bytes, bytes);
  return result;
}

TensorView withoutRotaryOrder(const TensorView& view, std::int64_t heads) {
  const std::int64_t rows = rowsOf(view);
  expectHeads(rows, heads, 2);
  const std::int64_t half = rows / heads / 2;
  return withRows(view, [half](std::int64_t row) {
    const std::int64_t head = row / (2 * half), within = row % (2 * half);
    return head * 2 * half + within % half * 2 + within / half;
  });
}

TensorView withHeadsApart(const TensorView& view, std::int64_t heads) {
  const std::int64_t rows = rowsOf(view);
  expectHeads(rows, heads, 3);
  const std::int64_t dim = rows / heads / 3;
  return withRows(view, [=](std::int64_t row) {
    const std::int64_t head = row / (3 * dim), which = row / dim % 3;
    return (which * heads + head) * dim + row % dim;
  });
}

TensorView unpacked(const TensorView& view) {
  std::byte* data = nullptr;
  TensorView result = allocate(DType::kF32, view.shape, data);
  dequantize(view.dtype, view.data,
             {reinterpret_cast<float*>(data), static_cast<std::size_t>(view.elements())});
  return result;
}

TensorView lessOne(const TensorView& view) {
  TensorView result = unpacked(view);
  // The bytes are this function's own until it returns.
  auto* values = reinterpret_cast<float*>(const_cast<std::byte*>(result.data.data()));
  for (std::int64_t i = 0; i < result.elements(); ++i) values[i] -= 1.0F;
  return result;
}

TensorView transposed(const TensorView& view) {
  if (view.shape.size() < 2) throw Error(ErrorKind::kInvalidInput, "is no matrix");
  if (isPacked(view.dtype)) return transposed(unpacked(view));
  std::vector<std::int64_t> shape = view.shape;
  std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
  std::byte* data = nullptr;
  TensorView result = allocate(view.dtype, shape, data);
  const auto columns = static_cast<std::size_t>(view.shape.back());
  const auto rows = static_cast<std::size_t>(shape.back());
  const auto size = static_cast<std::size_t>(blockLayout(view.dtype).bytes);
  const std::byte* in = view.data.data();
  const std::byte* end = in + view.data.size();
  for (; in != end; in += rows * columns * size, data += rows * columns * size)
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t column = 0; column < columns; ++column)
        std::memcpy(data + (column * rows + row) * size, in + (row * columns + column) * size,
                    size);
  return result;
}

TensorView interleaved(const TensorView& a, const TensorView& b) {
  if (a.shape != b.shape || a.dtype != b.dtype || a.shape.size() < 2 || a.data.empty())
    throw Error(ErrorKind::kInvalidInput, "gate and up are empty or differ in shape or type");
  // Of weights [experts, rows, columns], rows alternate; of biases [experts, elements], elements.
  std::vector<std::int64_t> shape = a.shape;
  const std::size_t dimension = shape.size() == 2 ? 1 : shape.size() - 2;
  if (shape.size() == 2 && isPacked(a.dtype))
    throw Error(ErrorKind::kInvalidInput, "is a bias of type {}, expected numbers",
                dtypeName(a.dtype));
  std::int64_t rows = 1;
  for (std::size_t i = 0; i <= dimension; ++i) rows *= shape[i];
  shape[dimension] *= 2;
  std::byte* data = nullptr;
  TensorView result = allocate(a.dtype, shape, data);
  const std::size_t bytes = a.data.size() / static_cast<std::size_t>(rows);
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    std::memcpy(data + 2 * row * bytes, a.data.data() + row * bytes, bytes);
    std::memcpy(data + (2 * row + 1) * bytes, b.data.data() + row * bytes, bytes);
  }
  return result;
}

TensorView part(const TensorView& view, std::int64_t index) {
  TensorView result = view;
  const std::size_t bytes = view.data.size() / static_cast<std::size_t>(view.shape[0]);
  result.shape.erase(result.shape.begin());
  result.data = view.data.subspan(static_cast<std::size_t>(index) * bytes, bytes);
  return result;
}

TensorView mxfp4Blocks(const TensorView& view) {
  std::vector<std::int64_t> shape = view.shape;
  shape.back() /= 32;
  shape.push_back(kMxfp4Nibbles);
  std::byte* data = nullptr;
  TensorView result = allocate(DType::kU8, shape, data);
  const auto* in = reinterpret_cast<const std::uint8_t*>(view.data.data());
  for (std::size_t block = 0; block * kMxfp4Bytes < view.data.size(); ++block) {
    const std::uint8_t* nibbles = in + block * kMxfp4Bytes + 1;
    // llama.cpp pairs element i with element i + 16, transformers with its neighbour.
    const auto element = [&](std::size_t i) {
      return i < 16 ? nibbles[i] & 0x0F : nibbles[i - 16] >> 4;
    };
    for (std::size_t i = 0; i < kMxfp4Nibbles; ++i)
      data[block * kMxfp4Nibbles + i] =
          static_cast<std::byte>(element(2 * i) | element(2 * i + 1) << 4);
  }
  return result;
}

TensorView mxfp4Scales(const TensorView& view) {
  std::vector<std::int64_t> shape = view.shape;
  shape.back() /= 32;
  std::byte* data = nullptr;
  TensorView result = allocate(DType::kU8, shape, data);
  for (std::size_t block = 0; block < result.data.size(); ++block)
    data[block] = view.data[block * kMxfp4Bytes];
  return result;
}

}  // namespace orrery::checkpoint
