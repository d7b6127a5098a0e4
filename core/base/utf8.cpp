#include "core/base/utf8.h"

#include <cstdint>

namespace orrery::utf8 {
namespace {

struct Decoded {
  char32_t point = kReplacement;
  std::size_t length = 1;  ///< bytes consumed
  bool valid = false;
  bool truncated = false;  ///< the text ended inside a sequence that was valid so far
};

bool isContinuation(unsigned char byte, unsigned char low = 0x80, unsigned char high = 0xBF) {
  return byte >= low && byte <= high;
}

/// Table 3-7 of the standard: the second byte's range depends on the first.
Decoded decodeAt(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {};
  }
  char32_t point = lead & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= text.size()) return {kReplacement, i, false, true};
    if (!isContinuation(byte(i), i == 1 ? low : 0x80, i == 1 ? high : 0xBF))
      return {kReplacement, i, false};
    point = (point << 6) | (byte(i) & 0x3F);
  }
  return {point, length, true};
}

}  // namespace

char32_t next(std::string_view text, std::size_t& at) {
  const Decoded decoded = decodeAt(text, at);
  at += decoded.length;
  return decoded.point;
}

void append(std::string& out, char32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = kReplacement;
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::size_t firstInvalid(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = decodeAt(text, at);
    if (!decoded.valid) return at;
    at += decoded.length;
  }
  return std::string_view::npos;
}

std::size_t incompleteTail(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (isContinuation(byte)) continue;
    if (byte < 0xC0) return 0;
    const Decoded decoded = decodeAt(text, text.size() - back);
    return decoded.truncated && decoded.length == back ? back : 0;
  }
  return 0;
}

std::string sanitized(std::string_view text) {
  if (firstInvalid(text) == std::string_view::npos) return std::string(text);
  std::string result;
  for (std::size_t at = 0; at < text.size();) append(result, next(text, at));
  return result;
}

std::u32string decode(std::string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) result += next(text, at);
  return result;
}

std::string encode(std::u32string_view text) {
  std::string result;
  result.reserve(text.size());
  for (char32_t c : text) append(result, c);
  return result;
}

}  // namespace orrery::utf8
