#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The encodings in which tables come.
namespace orrery::media::table {

enum class Encoding { kUtf8, kUtf16Le, kUtf16Be, kLatin1 };

/// "utf-8", "utf-16-le", "utf-16-be" or "latin-1".
std::string_view encodingName(Encoding encoding);
/// The encoding of that name; an Error lists them.
Encoding encodingFromName(std::string_view name);

/// What a byte-order mark, or else the bytes themselves, tell of a file that begins so: UTF-16
/// without a mark shows in its zeros, and what is no UTF-8 is taken as Latin-1.
Encoding guessEncoding(std::string_view begin);
/// Bytes of the byte-order mark that `begin` has, 0 if none.
std::size_t markLength(std::string_view begin);

/// Bytes of a line break's unit: 2 in UTF-16.
inline std::size_t unitSize(Encoding encoding) {
  return encoding == Encoding::kUtf16Le || encoding == Encoding::kUtf16Be ? 2 : 1;
}

/// `text` as UTF-8. UTF-8 itself is not looked at; half a unit of UTF-16 becomes U+FFFD.
std::string toUtf8(std::string_view text, Encoding encoding);

}  // namespace orrery::media::table
