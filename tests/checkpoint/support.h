#pragma once

#include <QString>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/base/error.h"
#include "tests/support/gguf_bytes.h"

namespace orrery::test {

/// The text of the Error that `body` ends in; empty if it ends well.
template <class Body>
QString errorOf(Body&& body) {
  try {
    body();
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

inline std::span<const std::byte> bytesOf(const std::string& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// What the reference made, or an empty path if it did not run here.
inline std::filesystem::path oracle(const char* name) {
  const char* folder = std::getenv("ORRERY_ORACLE_DIR");
  if (!folder) return {};
  const auto path = std::filesystem::path(folder) / "checkpoint" / name;
  return std::filesystem::exists(path) ? path : std::filesystem::path();
}

}  // namespace orrery::test

/// Leaves the test when the reference did not run (built without ORRERY_ORACLE_PYTHON).
#define ORRERY_NEED_ORACLE(path) \
  if (path.empty()) QSKIP("made without the reference implementation")
