#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"

/// GGUF files made for tests.
namespace orrery::test {

/// A number as it lies in a file, little-endian.
template <class T>
std::string raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

struct GgufTensor {
  std::string name;
  std::vector<std::uint64_t> shape;  ///< as in the file: the fastest dimension first
  std::uint32_t type;                ///< ggml's number
  std::size_t bytes;
};

inline std::string ggufText(const std::string& value) {
  return raw(static_cast<std::uint64_t>(value.size())) + value;
}

/// Type and bytes of a metadata value: texts, whole numbers (64 bits), others (32 bits), lists of
/// texts.
inline std::string ggufValue(const Json& value) {
  if (value.is_string()) return raw(std::uint32_t{8}) + ggufText(value.get<std::string>());
  if (value.is_number_integer()) return raw(std::uint32_t{11}) + raw(value.get<std::int64_t>());
  if (value.is_number()) return raw(std::uint32_t{6}) + raw(value.get<float>());
  std::string bytes =
      raw(std::uint32_t{9}) + raw(std::uint32_t{8}) + raw(static_cast<std::uint64_t>(value.size()));
  for (const Json& text : value) bytes += ggufText(text.get<std::string>());
  return bytes;
}

/// A file with these metadata and tensors, whose data are zeros.
inline std::string ggufBytes(const Json& values, const std::vector<GgufTensor>& tensors) {
  constexpr std::size_t kAlignment = 32;
  std::string head = "GGUF" + raw(std::uint32_t{3}) + raw<std::uint64_t>(tensors.size()) +
                     raw<std::uint64_t>(values.size());
  for (const auto& [key, value] : values.items()) head += ggufText(key) + ggufValue(value);
  std::string data;
  for (const GgufTensor& tensor : tensors) {
    data.resize((data.size() + kAlignment - 1) / kAlignment * kAlignment);
    head += ggufText(tensor.name) + raw(static_cast<std::uint32_t>(tensor.shape.size()));
    for (const auto size : tensor.shape) head += raw(size);
    head += raw(tensor.type) + raw<std::uint64_t>(data.size());
    data.resize(data.size() + tensor.bytes);
  }
  head.resize((head.size() + kAlignment - 1) / kAlignment * kAlignment);
  return head + data;
}

}  // namespace orrery::test
