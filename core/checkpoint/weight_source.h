#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/dtype.h"

namespace orrery::checkpoint {

/// A tensor where it lies. `shape` is row-major as in PyTorch (GGUF's order is already reversed),
/// and `data` has exactly the bytes of that shape and type: whoever makes a view has checked that.
struct TensorView {
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;
  std::shared_ptr<const void> owner;  ///< keeps `data` alive

  std::int64_t elements() const {
    std::int64_t n = 1;
    for (const auto size : shape) n *= size;
    return n;
  }
};

/// A tensor without its data.
struct TensorHeader {
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  bool mapped = true;  ///< its data lie in the file like that; false: they are made when asked for
};

/// Where weights come from; one per file format. Thread-safe for reading.
class WeightSource {
 public:
  virtual ~WeightSource() = default;

  /// The tensor of that name, or nothing. Throws an Error only when it is there but cannot be read.
  virtual std::optional<TensorView> find(std::string_view name) const = 0;

  /// The same for a reader that expects `shape`: a source that makes weights up goes by it, others
  /// need not.
  virtual std::optional<TensorView> findOfShape(std::string_view name,
                                                const std::vector<std::int64_t>& /*shape*/) const {
    return find(name);
  }

  /// What find() would give, without making it.
  virtual std::optional<TensorHeader> header(std::string_view name) const {
    const auto view = find(name);
    if (!view) return std::nullopt;
    return TensorHeader{view->dtype, view->shape, /*mapped=*/true};
  }

  /// All names, in the file's order.
  virtual std::vector<std::string> names() const = 0;

  /// Bytes that all tensors take in the file.
  virtual std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& name : names()) sum += find(name)->data.size();
    return sum;
  }

  /// For messages: the file or folder.
  virtual std::string description() const = 0;
};

}  // namespace orrery::checkpoint
