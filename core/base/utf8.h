#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// UTF-8 as the Unicode standard defines it (chapter 3, table 3-7): no surrogates, no overlong
/// forms.
namespace orrery::utf8 {

inline constexpr char32_t kReplacement = 0xFFFD;

/// The code point at byte `at`, which is moved past it. An invalid sequence gives kReplacement and
/// is skipped as its maximal valid prefix, as Python's and the browsers' decoders do. `at` must be
/// < size.
char32_t next(std::string_view text, std::size_t& at);

/// Appends the UTF-8 form of `c`; a value that is no scalar value is appended as kReplacement.
void append(std::string& out, char32_t c);

/// Position of the first invalid byte, or npos if all of `text` is valid.
std::size_t firstInvalid(std::string_view text);

/// Number of bytes at the end of `text` that begin a character which is not complete yet (0 to 3).
std::size_t incompleteTail(std::string_view text);

/// `text` with each invalid sequence replaced by kReplacement.
std::string sanitized(std::string_view text);

/// All code points of `text`; invalid sequences become kReplacement.
std::u32string decode(std::string_view text);

std::string encode(std::u32string_view text);

}  // namespace orrery::utf8
