#include "core/tokenizers/steps/byte_level.h"

#include <algorithm>

#include "core/base/utf8.h"
#include "core/tokenizers/text/byte_alphabet.h"
#include "core/tokenizers/text/unicode.h"

namespace orrery::tokenizers {

void spellBytes(NormalizedText& text) {
  if (text.empty()) return;
  const std::string& bytes = text.text();
  std::vector<ChangedChar> chars;
  chars.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xC0) == 0x80;
    chars.push_back({byte_alphabet::charOf(byte), continues ? 1 : 0});
  }
  text.transform(chars);
}

void trimByteLevelOffsets(Encoding& encoding, bool addedPrefixSpace) {
  const char32_t space = byte_alphabet::charOf(' ');
  const auto isSpace = [&](char32_t c) { return c == space || unicode::isWhitespace(c); };
  for (std::size_t i = 0; i < encoding.size(); ++i) {
    const std::u32string chars = utf8::decode(encoding.tokens[i]);
    std::uint32_t leading = 0, trailing = 0;
    while (leading < chars.size() && isSpace(chars[leading])) ++leading;
    while (trailing < chars.size() && isSpace(chars[chars.size() - 1 - trailing])) ++trailing;
    Offsets& offsets = encoding.offsets[i];
    if (leading > 0) {
      const bool first = i == 0 || offsets.begin == 0;
      if (first && addedPrefixSpace && leading == 1) leading = 0;
      offsets.begin = std::min(offsets.begin + leading, offsets.end);
    }
    if (trailing > 0 && offsets.end >= trailing)
      offsets.end = std::max(offsets.end - trailing, offsets.begin);
  }
}

}  // namespace orrery::tokenizers
