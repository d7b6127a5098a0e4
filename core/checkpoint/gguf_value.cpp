#include "core/checkpoint/gguf_value.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace orrery::checkpoint {
namespace {

struct TypeRow {
  std::string_view name;
  std::size_t size;
};

constexpr TypeRow kTypes[] = {
    {"uint8", 1},  {"int8", 1},    {"uint16", 2},  {"int16", 2},  {"uint32", 4},
    {"int32", 4},  {"float32", 4}, {"bool", 1},    {"string", 0}, {"array", 0},
    {"uint64", 8}, {"int64", 8},   {"float64", 8},
};

template <class T>
T load(std::span<const std::byte> bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// The double whose shortest decimal is that of the float: 1e-05f becomes 1e-05, as the model's own
/// config.json had it, and not 9.99999974737875e-06.
double shortestDouble(float value) {
  if (!std::isfinite(value)) return value;
  char text[32];
  const auto written = std::to_chars(text, text + sizeof text, value);
  double result = 0;
  std::from_chars(text, written.ptr, result);
  return result;
}

}  // namespace

std::size_t ggufFixedSize(GgufType type) {
  return kTypes[static_cast<std::uint32_t>(type)].size;
}

std::string_view ggufTypeName(GgufType type) {
  return kTypes[static_cast<std::uint32_t>(type)].name;
}

void GgufValue::mismatch(std::string_view expected) const {
  const std::string found = isArray()
                                ? fmt::format("a list of {} {}", count_, ggufTypeName(elementType_))
                                : std::string(ggufTypeName(type_));
  throw Error(ErrorKind::kInvalidInput, "expected {}, found {}", expected, found).in(quoted(key_));
}

std::int64_t GgufValue::integer() const {
  switch (type_) {
    case GgufType::kUint8:
      return load<std::uint8_t>(bytes_);
    case GgufType::kInt8:
      return load<std::int8_t>(bytes_);
    case GgufType::kUint16:
      return load<std::uint16_t>(bytes_);
    case GgufType::kInt16:
      return load<std::int16_t>(bytes_);
    case GgufType::kUint32:
      return load<std::uint32_t>(bytes_);
    case GgufType::kInt32:
      return load<std::int32_t>(bytes_);
    case GgufType::kInt64:
      return load<std::int64_t>(bytes_);
    case GgufType::kUint64: {
      const auto value = load<std::uint64_t>(bytes_);
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        mismatch("an integer below 2^63");
      return static_cast<std::int64_t>(value);
    }
    default:
      mismatch("an integer");
  }
}

double GgufValue::number() const {
  if (type_ == GgufType::kFloat32) return shortestDouble(load<float>(bytes_));
  if (type_ == GgufType::kFloat64) return load<double>(bytes_);
  return static_cast<double>(integer());
}

bool GgufValue::boolean() const {
  if (type_ != GgufType::kBool) mismatch("true or false");
  return load<std::uint8_t>(bytes_) != 0;
}

std::string_view GgufValue::string() const {
  if (type_ != GgufType::kString) mismatch("a string");
  return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
}

GgufValue GgufValue::element(std::uint64_t index) const {
  const std::size_t size = ggufFixedSize(elementType_);
  return {key_, elementType_, elementType_, 1, bytes_.subspan(index * size, size)};
}

std::uint64_t GgufValue::elementCount(std::string_view expected) const {
  if (!isArray() || (elementType_ == GgufType::kString && count_ > 0)) mismatch(expected);
  return count_;
}

std::vector<std::string_view> GgufValue::strings() const {
  if (!isArray() || (elementType_ != GgufType::kString && count_ > 0))
    mismatch("a list of strings");
  std::vector<std::string_view> result;
  result.reserve(count_);
  auto rest = bytes_;
  for (std::uint64_t i = 0; i < count_; ++i) {
    const auto length = load<std::uint64_t>(rest);
    rest = rest.subspan(sizeof length);
    result.emplace_back(reinterpret_cast<const char*>(rest.data()), length);
    rest = rest.subspan(length);
  }
  return result;
}

std::vector<std::int64_t> GgufValue::integers() const {
  if (!isArray()) return {integer()};
  std::vector<std::int64_t> result(elementCount("a list of integers"));
  for (std::uint64_t i = 0; i < result.size(); ++i) result[i] = element(i).integer();
  return result;
}

std::vector<float> GgufValue::floats() const {
  std::vector<float> result(elementCount("a list of numbers"));
  for (std::uint64_t i = 0; i < result.size(); ++i) {
    const GgufValue one = element(i);
    result[i] = elementType_ == GgufType::kFloat32 ? load<float>(one.bytes_)
                                                   : static_cast<float>(one.number());
  }
  return result;
}

std::vector<bool> GgufValue::booleans() const {
  std::vector<bool> result(elementCount("a list of true and false"));
  for (std::uint64_t i = 0; i < result.size(); ++i) result[i] = element(i).boolean();
  return result;
}

}  // namespace orrery::checkpoint
