#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/cancel.h"

namespace orrery::hub {

/// The name that the hub gives a content, made while the content arrives: SHA-256 of a large (LFS)
/// file, or what git calls a small one. Which is told by the length of the expected name.
class ContentHash {
 public:
  /// `expected`: 64 hexadecimal digits for SHA-256, 40 for git. `size`: of the whole content.
  ContentHash(std::string_view expected, std::uint64_t size);
  ~ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;

  void add(std::string_view bytes);
  /// The digest in small hexadecimal digits. The object takes no more bytes afterwards.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// The digest of a file as ContentHash makes it. Errors name the file.
std::string hashOfFile(const std::filesystem::path& file, std::string_view expected,
                       const CancelToken& cancel);

}  // namespace orrery::hub
