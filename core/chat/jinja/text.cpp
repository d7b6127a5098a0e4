#include "core/chat/jinja/text.h"

#include <locale.h>
#include <wctype.h>

#include <algorithm>

#include "core/base/utf8.h"

namespace orrery::chat::jinja {
namespace {

/// Unicode's simple case mappings and classes, whatever locale the program runs in.
locale_t unicodeLocale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

template <class Map>
std::string mapped(std::string_view text, Map&& map) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) map(result, utf8::next(text, at));
  return result;
}

void appendUpper(std::string& out, char32_t c) {
  if (c == 0xDF)
    out += "SS";
  else
    utf8::append(out, towupper_l(static_cast<wint_t>(c), unicodeLocale()));
}

void appendLower(std::string& out, char32_t c) {
  utf8::append(out, towlower_l(static_cast<wint_t>(c), unicodeLocale()));
}

bool isLineEnd(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

}  // namespace

bool isSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

bool isDigit(char32_t c) {
  return (c >= '0' && c <= '9') ||
         (c > 127 && !isAlpha(c) && iswdigit_l(static_cast<wint_t>(c), unicodeLocale()));
}
bool isAlpha(char32_t c) {
  if (c < 128) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return iswalpha_l(static_cast<wint_t>(c), unicodeLocale()) != 0;
}
bool isUpper(char32_t c) {
  return iswupper_l(static_cast<wint_t>(c), unicodeLocale()) != 0;
}
bool isLower(char32_t c) {
  return iswlower_l(static_cast<wint_t>(c), unicodeLocale()) != 0;
}

std::string upperCased(std::string_view text) {
  return mapped(text, appendUpper);
}
std::string lowerCased(std::string_view text) {
  return mapped(text, appendLower);
}

std::string capitalized(std::string_view text) {
  bool first = true;
  return mapped(text, [&](std::string& out, char32_t c) {
    if (first && c == 0xDF)
      out += "Ss";
    else
      first ? appendUpper(out, c) : appendLower(out, c);
    first = false;
  });
}

bool isAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

std::size_t lengthOf(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string stripped(std::string_view text, Ends ends, const std::string* chars) {
  const std::u32string set = chars ? utf8::decode(*chars) : std::u32string();
  const auto drop = [&](char32_t c) { return chars ? set.find(c) != set.npos : isSpace(c); };
  std::size_t begin = 0, end = text.size();
  while (ends != Ends::kRight && begin < end) {
    std::size_t after = begin;
    if (!drop(utf8::next(text, after))) break;
    begin = after;
  }
  while (ends != Ends::kLeft && begin < end) {
    std::size_t last = end - 1;
    while (last > begin && (text[last] & 0xC0) == 0x80) --last;
    std::size_t at = last;
    if (!drop(utf8::next(text, at))) break;
    end = last;
  }
  return std::string(text.substr(begin, end - begin));
}

std::vector<std::string> splitLines(std::string_view text, bool keepEnds) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = at;
    const char32_t c = utf8::next(text, at);
    if (!isLineEnd(c)) continue;
    if (c == '\r' && at < text.size() && text[at] == '\n') ++at;
    lines.emplace_back(text.substr(begin, (keepEnds ? at : end) - begin));
    begin = at;
  }
  if (begin < text.size()) lines.emplace_back(text.substr(begin));
  return lines;
}

std::string replaced(std::string_view text, std::string_view old, std::string_view with,
                     std::int64_t limit) {
  std::string result;
  if (old.empty()) {  // between all characters, as Python
    std::size_t at = 0;
    for (std::int64_t done = 0; limit < 0 || done < limit; ++done) {
      result += with;
      if (at >= text.size()) return result;
      utf8::append(result, utf8::next(text, at));
    }
    return result.append(text.substr(at));
  }
  std::size_t at = 0;
  for (std::int64_t done = 0; limit < 0 || done < limit; ++done) {
    const std::size_t found = text.find(old, at);
    if (found == text.npos) break;
    result.append(text.substr(at, found - at)).append(with);
    at = found + old.size();
  }
  return result.append(text.substr(at));
}

}  // namespace orrery::chat::jinja
