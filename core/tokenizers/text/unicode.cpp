#include "core/tokenizers/text/unicode.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utext.h>

#include <memory>

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace orrery::tokenizers::unicode {
namespace {

UChar32 point(char32_t c) {
  return static_cast<UChar32>(c);
}

bool hasCategory(char32_t c, std::uint32_t mask) {
  return (U_GET_GC_MASK(point(c)) & mask) != 0;
}

/// Whether the character was in Unicode by a version. The reference's tables are of several ages.
bool knownBy(char32_t c, std::uint8_t major) {
  UVersionInfo age;
  u_charAge(point(c), age);
  return age[0] <= major;
}

constexpr std::uint8_t kCategoriesAge = 8, kMarksAge = 9, kScriptsAge = 9;

bool isAscii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80 || c == '\r') return false;
  return true;
}

icu::BreakIterator& characterIterator() {
  thread_local std::unique_ptr<icu::BreakIterator> iterator = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(
        icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
    if (U_FAILURE(status) || !made)
      throw Error(ErrorKind::kInternal, "ICU has no character boundaries: {}", u_errorName(status));
    return made;
  }();
  return *iterator;
}

}  // namespace

bool isWhitespace(char32_t c) {
  return u_hasBinaryProperty(point(c), UCHAR_WHITE_SPACE);
}
bool isNumeric(char32_t c) {
  return hasCategory(c, U_GC_N_MASK);
}

// Categories of a few characters have changed since the version of the reference's tables.
bool isNonspacingMark(char32_t c) {
  if (c == 0x1885 || c == 0x1886 || c == 0xA9BD || c == 0x111C9) return false;
  if (c == 0x1734) return true;
  return hasCategory(c, U_GC_MN_MASK) && knownBy(c, kCategoriesAge);
}

bool isCombiningMark(char32_t c) {
  if (c == 0x1CF2 || c == 0x1CF3) return true;
  return c != 0x111C9 && hasCategory(c, U_GC_M_MASK) && knownBy(c, kMarksAge);
}

bool isPunctuation(char32_t c) {
  if (c < 0x80) return c > ' ' && c < 0x7F && !u_isalnum(point(c));
  if (c == 0x166D || c == 0x111C9) return true;
  return hasCategory(c, U_GC_P_MASK) && knownBy(c, kCategoriesAge);
}

bool isOther(char32_t c) {
  return hasCategory(c, U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK) && knownBy(c, kCategoriesAge);
}

bool isWord(char32_t c) {
  if (c < 0x80) return u_isalnum(point(c)) || c == '_';
  return u_hasBinaryProperty(point(c), UCHAR_ALPHABETIC) ||
         hasCategory(c, U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK) ||
         u_hasBinaryProperty(point(c), UCHAR_JOIN_CONTROL);
}

int script(char32_t c) {
  if (c == ' ' || !knownBy(c, kScriptsAge)) return 0;
  if (c == 0x589 || c == 0x61C) return 1 + USCRIPT_COMMON;
  if (c == 0x953 || c == 0x954) return 1 + USCRIPT_DEVANAGARI;
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode code = uscript_getScript(point(c), &status);
  if (U_FAILURE(status) || code == USCRIPT_UNKNOWN) return 0;
  // Japanese text mixes three scripts.
  const bool japanese = code == USCRIPT_HIRAGANA || code == USCRIPT_KATAKANA || c == 0x30FC;
  return 1 + (japanese ? USCRIPT_HAN : code);
}

void lowercase(NormalizedText& text) {
  std::vector<ChangedChar> chars;
  chars.reserve(text.text().size());
  for (std::size_t at = 0; at < text.text().size();) {
    const char32_t c = utf8::next(text.text(), at);
    // The only character whose lower case alone, out of context, is more than one.
    if (c == 0x130) {
      chars.push_back({'i', 0});
      chars.push_back({0x307, 1});
    } else {
      chars.push_back({static_cast<char32_t>(u_tolower(point(c))), 0});
    }
  }
  text.transform(chars);
}

std::vector<std::string_view> graphemes(std::string_view text) {
  std::vector<std::string_view> result;
  if (isAscii(text)) {
    for (std::size_t i = 0; i < text.size(); ++i) result.push_back(text.substr(i, 1));
    return result;
  }
  UErrorCode status = U_ZERO_ERROR;
  UText* view =
      utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status);
  icu::BreakIterator& iterator = characterIterator();
  iterator.setText(view, status);
  if (U_FAILURE(status)) {
    utext_close(view);
    throw Error(ErrorKind::kInternal, "ICU cannot read the text: {}", u_errorName(status));
  }
  std::int32_t begin = iterator.first();
  for (std::int32_t end = iterator.next(); end != icu::BreakIterator::DONE; end = iterator.next()) {
    result.push_back(
        text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    begin = end;
  }
  utext_close(view);
  return result;
}

}  // namespace orrery::tokenizers::unicode
