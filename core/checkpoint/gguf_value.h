#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace orrery::checkpoint {

/// Types of metadata values, with the numbers of the format.
enum class GgufType : std::uint32_t {
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};

/// Bytes of a value of fixed size; 0 for strings and arrays.
std::size_t ggufFixedSize(GgufType type);
/// "uint32", "array", … for messages.
std::string_view ggufTypeName(GgufType type);

/// One metadata value where it lies in the file; valid as long as the file. The reader has checked
/// all lengths. Conversions accept every type that holds the same kind of value, and throw an Error
/// that names the key otherwise.
class GgufValue {
 public:
  /// `bytes`: the value itself; of an array, its elements; of a string, its characters.
  GgufValue(std::string_view key, GgufType type, GgufType elementType, std::uint64_t count,
            std::span<const std::byte> bytes)
      : key_(key), type_(type), elementType_(elementType), count_(count), bytes_(bytes) {}

  bool isArray() const { return type_ == GgufType::kArray; }
  GgufType type() const { return type_; }
  GgufType elementType() const { return elementType_; }
  std::uint64_t count() const { return count_; }

  std::int64_t integer() const;
  double number() const;  ///< a number; a float keeps the shortest decimal that means it (1e-05)
  bool boolean() const;
  std::string_view string() const;

  std::vector<std::string_view> strings() const;
  std::vector<std::int64_t> integers() const;  ///< of an array; of a single integer, one
  std::vector<float> floats() const;
  std::vector<bool> booleans() const;

 private:
  GgufValue element(std::uint64_t index) const;  // of a fixed size
  std::uint64_t elementCount(std::string_view expected) const;
  [[noreturn]] void mismatch(std::string_view expected) const;

  std::string_view key_;
  GgufType type_;
  GgufType elementType_;
  std::uint64_t count_;
  std::span<const std::byte> bytes_;
};

}  // namespace orrery::checkpoint
