#include "core/media/table/encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace orrery::media::table {
namespace {

constexpr std::array<std::string_view, 4> kNames{"utf-8", "utf-16-le", "utf-16-be", "latin-1"};

char16_t unitAt(std::string_view text, std::size_t at, Encoding encoding) {
  const auto first = static_cast<unsigned char>(text[at]),
             second = static_cast<unsigned char>(text[at + 1]);
  const bool little = encoding == Encoding::kUtf16Le;
  return static_cast<char16_t>(little ? first | second << 8 : first << 8 | second);
}

std::string fromUtf16(std::string_view text, Encoding encoding) {
  std::string result;
  result.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const char16_t unit = unitAt(text, i, encoding);
    const bool high = unit >= 0xD800 && unit < 0xDC00;
    if (high && i + 3 < text.size()) {
      const char16_t low = unitAt(text, i + 2, encoding);
      if (low >= 0xDC00 && low < 0xE000) {
        utf8::append(result, 0x10000 + ((char32_t{unit} - 0xD800) << 10) + (low - 0xDC00));
        i += 2;
        continue;
      }
    }
    utf8::append(result, unit);
  }
  if (text.size() % 2 != 0) utf8::append(result, utf8::kReplacement);
  return result;
}

/// ASCII in UTF-16 has a zero in every second byte; tables hardly have other zeros.
std::optional<Encoding> unmarkedUtf16(std::string_view begin) {
  std::size_t even = 0, odd = 0;
  for (std::size_t i = 0; i < begin.size(); ++i)
    if (begin[i] == '\0') ++(i % 2 == 0 ? even : odd);
  const std::size_t half = begin.size() / 2;
  if (half == 0) return std::nullopt;
  if (odd * 10 > half * 7 && even * 10 < half) return Encoding::kUtf16Le;
  if (even * 10 > half * 7 && odd * 10 < half) return Encoding::kUtf16Be;
  return std::nullopt;
}

}  // namespace

std::string_view encodingName(Encoding encoding) {
  return kNames[static_cast<std::size_t>(encoding)];
}

Encoding encodingFromName(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end())
    throw Error(ErrorKind::kInvalidInput,
                "encoding: expected utf-8, utf-16-le, utf-16-be or latin-1, found {}",
                quoted(name));
  return static_cast<Encoding>(found - kNames.begin());
}

std::size_t markLength(std::string_view begin) {
  if (begin.starts_with("\xEF\xBB\xBF")) return 3;
  return begin.starts_with("\xFF\xFE") || begin.starts_with("\xFE\xFF") ? 2 : 0;
}

Encoding guessEncoding(std::string_view begin) {
  if (begin.starts_with("\xEF\xBB\xBF")) return Encoding::kUtf8;
  if (begin.starts_with("\xFF\xFE")) return Encoding::kUtf16Le;
  if (begin.starts_with("\xFE\xFF")) return Encoding::kUtf16Be;
  if (const auto wide = unmarkedUtf16(begin)) return *wide;
  const auto whole = begin.substr(0, begin.size() - utf8::incompleteTail(begin));
  return utf8::firstInvalid(whole) == whole.npos ? Encoding::kUtf8 : Encoding::kLatin1;
}

std::string toUtf8(std::string_view text, Encoding encoding) {
  if (encoding == Encoding::kUtf8) return std::string(text);
  if (encoding != Encoding::kLatin1) return fromUtf16(text, encoding);
  std::string result;
  result.reserve(text.size());
  for (const char c : text) utf8::append(result, static_cast<unsigned char>(c));
  return result;
}

}  // namespace orrery::media::table
