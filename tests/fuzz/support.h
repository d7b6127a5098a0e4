#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "core/base/error.h"
#include "core/checkpoint/weight_source.h"

namespace orrery::fuzz {

/// Runs `body`, which may only end in a result or an Error; anything else that is thrown ends the
/// program, and the fuzzer keeps the input.
template <class Body>
void allowError(Body&& body) {
  try {
    body();
  } catch (const Error&) {
    // What a bad file should end in.
  }
}

inline std::string_view textOf(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline std::span<const std::byte> bytesOf(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}

/// Asks for every tensor and reads all its bytes; they must be those of its shape and type.
inline void readTensors(const checkpoint::WeightSource& source) {
  for (const auto& name : source.names()) {
    allowError([&] {
      const auto view = source.find(name);
      if (!view) std::abort();
      const auto bytes = checkpoint::tensorBytes(view->dtype, view->shape);
      if (!bytes || static_cast<std::size_t>(*bytes) != view->data.size()) std::abort();
      volatile unsigned sum = 0;
      for (const std::byte byte : view->data) sum = sum + std::to_integer<unsigned>(byte);
    });
  }
}

}  // namespace orrery::fuzz
