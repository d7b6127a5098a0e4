// Unicode normal forms that know where each character came from: ICU gives the decompositions and
// compositions of single characters, the canonical ordering and composition are done here.

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/utf8.h"
#include "core/tokenizers/text/unicode.h"

namespace orrery::tokenizers::unicode {
namespace {

struct Mark {
  char32_t point;
  int change;
  std::uint8_t combiningClass;
};

const icu::Normalizer2& instance(bool compatible) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* found = compatible ? icu::Normalizer2::getNFKCInstance(status)
                                             : icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status) || !found)
    throw Error(ErrorKind::kInternal, "ICU has no normal forms: {}", u_errorName(status));
  return *found;
}

/// Decompositions that came later than this version of Unicode are unknown to the reference.
constexpr std::uint8_t kAge = 11;

bool isKnown(char32_t c) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] <= kAge;
}

void sortMarks(std::vector<Mark>& chars, std::size_t begin) {
  std::stable_sort(
      chars.begin() + static_cast<std::ptrdiff_t>(begin), chars.end(),
      [](const Mark& a, const Mark& b) { return a.combiningClass < b.combiningClass; });
}

/// The canonical or compatible decomposition, in canonical order.
std::vector<Mark> decompose(std::string_view text, const icu::Normalizer2& forms) {
  std::vector<Mark> chars;
  chars.reserve(text.size());
  std::size_t marksBegin = 0;
  const auto push = [&](char32_t c, int change) {
    const std::uint8_t combiningClass = u_getCombiningClass(static_cast<UChar32>(c));
    if (combiningClass == 0) sortMarks(chars, marksBegin);
    chars.push_back({c, change, combiningClass});
    if (combiningClass == 0) marksBegin = chars.size();
  };
  icu::UnicodeString pieces;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = utf8::next(text, at);
    if (c < 0x80 || !forms.getDecomposition(static_cast<UChar32>(c), pieces) || !isKnown(c)) {
      push(c, 0);
      continue;
    }
    for (std::int32_t i = 0; i < pieces.length(); i = pieces.moveIndex32(i, 1))
      push(static_cast<char32_t>(pieces.char32At(i)), i > 0 ? 1 : 0);
  }
  sortMarks(chars, marksBegin);
  return chars;
}

/// Puts together what composes. A composed character stands for all it was made of.
std::vector<Mark> compose(const std::vector<Mark>& chars, const icu::Normalizer2& forms) {
  std::vector<Mark> result;
  result.reserve(chars.size());
  std::size_t base = chars.size();  // in result, of the character that may grow; none yet
  std::uint8_t last = 0;            // combining class of the last mark that stays behind the base
  bool hasMarks = false;
  for (const Mark& c : chars) {
    const bool hasBase = base < result.size();
    const bool blocked = hasMarks && last >= c.combiningClass;
    if (hasBase && !blocked) {
      const UChar32 composed = forms.composePair(static_cast<UChar32>(result[base].point),
                                                 static_cast<UChar32>(c.point));
      if (composed >= 0) {
        result[base].point = static_cast<char32_t>(composed);
        result[base].change += c.change - 1;
        continue;
      }
    }
    result.push_back(c);
    if (c.combiningClass == 0) {
      base = result.size() - 1;
      hasMarks = false;
    } else if (hasBase) {
      last = c.combiningClass;
      hasMarks = true;
    }
  }
  return result;
}

}  // namespace

void normalize(NormalizedText& text, NormalForm form) {
  const bool compatible = form == NormalForm::kNfkc || form == NormalForm::kNfkd;
  const bool composes = form == NormalForm::kNfc || form == NormalForm::kNfkc;
  const icu::Normalizer2& forms = instance(compatible);
  std::vector<Mark> chars = decompose(text.text(), forms);
  if (composes) chars = compose(chars, instance(false));
  std::vector<ChangedChar> changes;
  changes.reserve(chars.size());
  for (const Mark& c : chars) changes.push_back({c.point, c.change});
  text.transform(changes);
}

}  // namespace orrery::tokenizers::unicode
