#include "core/tokenizers/steps/normalizer.h"

#include "core/base/utf8.h"
#include "core/tokenizers/formats/base64.h"
#include "core/tokenizers/steps/byte_level.h"
#include "core/tokenizers/steps/reading.h"
#include "core/tokenizers/text/unicode.h"

namespace orrery::tokenizers {
namespace {

using unicode::NormalForm;

/// A normalizer that is a function.
template <class Apply>
class Simple final : public Normalizer {
 public:
  explicit Simple(Apply apply) : apply_(std::move(apply)) {}
  void apply(NormalizedText& text) const override { apply_(text); }

 private:
  Apply apply_;
};

template <class Apply>
std::unique_ptr<const Normalizer> make(Apply apply) {
  return std::make_unique<Simple<Apply>>(std::move(apply));
}

bool isChinese(char32_t c) {
  constexpr std::pair<char32_t, char32_t> kRanges[] = {
      {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xF900, 0xFAFF},   {0x20000, 0x2A6DF},
      {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0x2F800, 0x2FA1F}};
  if (c < 0x3400) return false;
  for (const auto& [first, last] : kRanges)
    if (c >= first && c <= last) return true;
  return false;
}

bool isBreak(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r';
}

void cleanText(NormalizedText& text) {
  text.filter([](char32_t c) {
    return c != 0 && c != utf8::kReplacement && (isBreak(c) || !unicode::isOther(c));
  });
  text.map([](char32_t c) { return unicode::isWhitespace(c) ? U' ' : c; });
}

void spaceChinese(NormalizedText& text) {
  std::vector<ChangedChar> chars;
  bool found = false;
  for (std::size_t at = 0; at < text.text().size();) {
    const char32_t c = utf8::next(text.text(), at);
    if (!isChinese(c)) {
      chars.push_back({c, 0});
      continue;
    }
    found = true;
    chars.insert(chars.end(), {{' ', 0}, {c, 1}, {' ', 1}});
  }
  if (found) text.transform(chars);
}

struct Bert {
  bool cleansText, spacesChinese, stripsAccents, lowercases;

  void operator()(NormalizedText& text) const {
    if (cleansText) cleanText(text);
    if (spacesChinese) spaceChinese(text);
    if (stripsAccents) {
      unicode::normalize(text, NormalForm::kNfd);
      text.filter([](char32_t c) { return !unicode::isNonspacingMark(c); });
    }
    if (lowercases) unicode::lowercase(text);
  }
};

std::unique_ptr<const Normalizer> readBert(const JsonField& field) {
  const bool lowercases = field.require<bool>("lowercase");
  return make(Bert{field.require<bool>("clean_text"), field.require<bool>("handle_chinese_chars"),
                   field.get("strip_accents", lowercases), lowercases});
}

std::unique_ptr<const Normalizer> readStrip(const JsonField& field) {
  const bool left = field.require<bool>("strip_left"), right = field.require<bool>("strip_right");
  return make([left, right](NormalizedText& text) {
    const std::u32string chars = utf8::decode(text.text());
    std::size_t begin = 0, end = 0;
    while (left && begin < chars.size() && unicode::isWhitespace(chars[begin])) ++begin;
    while (right && end < chars.size() && unicode::isWhitespace(chars[chars.size() - 1 - end]))
      ++end;
    text.strip(begin, end);
  });
}

/// The cleaning of neural machine translation: odd control characters go, odd spaces become spaces.
void cleanForTranslation(NormalizedText& text) {
  text.filter([](char32_t c) {
    return !((c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F ||
             c == 0x9F);
  });
  text.map([](char32_t c) {
    const bool odd = c == 0x9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 ||
                     (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
                     c == 0xFEFF || c == 0xFFFD;
    return odd ? U' ' : c;
  });
}

std::unique_ptr<const Normalizer> readOne(const JsonField& field, int depth);

std::unique_ptr<const Normalizer> readSequence(const JsonField& field, int depth) {
  if (depth > kMaxSectionDepth) throw field.error("is nested too deeply");
  return joinNormalizers(readSteps<Normalizer>(
      field, "normalizers", [&](const JsonField& step) { return readOne(step, depth + 1); }));
}

std::unique_ptr<const Normalizer> makeForm(NormalForm form) {
  return make([form](NormalizedText& text) { unicode::normalize(text, form); });
}

std::unique_ptr<const Normalizer> readReplace(const JsonField& field) {
  return make([pattern = readPattern(field, "pattern"),
               content = field.require<std::string>("content")](NormalizedText& text) {
    text.replaceMatches(pattern.find(text.text()), content);
  });
}

std::unique_ptr<const Normalizer> readOne(const JsonField& field, int depth) {
  const auto type = field.require<std::string>("type");
  if (type == "Sequence") return readSequence(field, depth);
  if (type == "BertNormalizer") return readBert(field);
  if (type == "NFC") return makeForm(NormalForm::kNfc);
  if (type == "NFD") return makeForm(NormalForm::kNfd);
  if (type == "NFKC") return makeForm(NormalForm::kNfkc);
  if (type == "NFKD") return makeForm(NormalForm::kNfkd);
  if (type == "Lowercase") return make(&unicode::lowercase);
  if (type == "Nmt") return make(&cleanForTranslation);
  if (type == "ByteLevel") return make(&spellBytes);
  if (type == "Replace") return readReplace(field);
  if (type == "Strip") return readStrip(field);
  if (type == "StripAccents")
    return make([](NormalizedText& text) {
      text.filter([](char32_t c) { return !unicode::isCombiningMark(c); });
    });
  if (type == "Prepend")
    return make([prefix = field.require<std::string>("prepend")](NormalizedText& text) {
      text.prepend(prefix);
    });
  if (type == "Precompiled") {
    const JsonField map = field["precompiled_charsmap"];
    return makeCharsMap(decodeBase64(map), map.name());
  }
  unknownType(field, type);
}

}  // namespace

std::unique_ptr<const Normalizer> joinNormalizers(
    std::vector<std::unique_ptr<const Normalizer>> steps) {
  return make([steps = std::move(steps)](NormalizedText& text) {
    for (const auto& step : steps) step->apply(text);
  });
}

std::unique_ptr<const Normalizer> readNormalizer(const JsonField& field) {
  return readOne(field, 0);
}

}  // namespace orrery::tokenizers
