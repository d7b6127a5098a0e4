#include "core/tokenizers/steps/pre_tokenizer.h"

#include "core/base/utf8.h"
#include "core/tokenizers/steps/byte_level.h"
#include "core/tokenizers/steps/metaspace.h"
#include "core/tokenizers/steps/reading.h"
#include "core/tokenizers/text/unicode.h"

namespace orrery::tokenizers {
namespace {

using Words = std::vector<NormalizedText>;

/// A pre-tokenizer that is a function from one word to several.
template <class Split>
class Simple final : public PreTokenizer {
 public:
  explicit Simple(Split split) : split_(std::move(split)) {}

  void apply(Words& words) const override {
    Words result;
    for (NormalizedText& word : words)
      for (NormalizedText& part : split_(std::move(word)))
        if (!part.empty()) result.push_back(std::move(part));
    words = std::move(result);
  }

 private:
  Split split_;
};

template <class Split>
std::unique_ptr<const PreTokenizer> make(Split split) {
  return std::make_unique<Simple<Split>>(std::move(split));
}

template <class IsDelimiter>
std::unique_ptr<const PreTokenizer> splitAt(IsDelimiter isDelimiter, SplitBehavior behavior) {
  return make([isDelimiter, behavior](const NormalizedText& word) {
    return word.split(partsByChar(word.text(), isDelimiter), behavior);
  });
}

class Sequence final : public PreTokenizer {
 public:
  explicit Sequence(std::vector<std::unique_ptr<const PreTokenizer>> steps)
      : steps_(std::move(steps)) {}
  void apply(Words& words) const override {
    for (const auto& step : steps_) step->apply(words);
  }

 private:
  std::vector<std::unique_ptr<const PreTokenizer>> steps_;
};

std::vector<Part> inverted(std::vector<Part> parts) {
  for (Part& part : parts) part.matches = !part.matches;
  return parts;
}

std::unique_ptr<const PreTokenizer> readByteLevel(const JsonField& field) {
  const bool addsSpace = field.require<bool>("add_prefix_space");
  const bool splits = field.get("use_regex", true);
  const Regex words(
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)");
  return make([addsSpace, splits, words](NormalizedText word) {
    if (addsSpace && !word.text().starts_with(' ')) word.prepend(" ");
    Words parts;
    if (splits)
      parts = word.split(words.find(word.text()), SplitBehavior::kIsolated);
    else
      parts.push_back(std::move(word));
    for (NormalizedText& part : parts) spellBytes(part);
    return parts;
  });
}

std::unique_ptr<const PreTokenizer> readMetaspaceStep(const JsonField& field) {
  const Metaspace space = readMetaspace(field);
  const std::string mark = utf8::encode(std::u32string(1, space.replacement));
  return make([space, mark](NormalizedText word) {
    word.replaceMatches(partsByChar(word.text(), [](char32_t c) { return c == ' '; }), mark);
    const bool wanted = space.prepend == Metaspace::Prepend::kAlways ||
                        (space.prepend == Metaspace::Prepend::kFirst && word.originalBegin() == 0);
    if (wanted && !word.text().starts_with(mark)) word.prepend(mark);
    if (!space.splits) return Words{std::move(word)};
    return word.split(partsByChar(word.text(), [&](char32_t c) { return c == space.replacement; }),
                      SplitBehavior::kMergedWithNext);
  });
}

std::unique_ptr<const PreTokenizer> readSplit(const JsonField& field) {
  return make([pattern = readPattern(field, "pattern"), behavior = readBehavior(field, "behavior"),
               invert = field.require<bool>("invert")](const NormalizedText& word) {
    std::vector<Part> parts = pattern.find(word.text());
    return word.split(invert ? inverted(std::move(parts)) : std::move(parts), behavior);
  });
}

/// Runs of word characters, and runs of what is neither that nor a space.
Words splitWords(const NormalizedText& word) {
  enum Kind { kSpace, kWord, kOther };
  Words result;
  Kind previous = kSpace;
  std::uint32_t begin = 0;
  const std::string& text = word.text();
  for (std::size_t at = 0; at <= text.size();) {
    const auto from = static_cast<std::uint32_t>(at);
    Kind kind = kSpace;
    if (from < text.size()) {
      const char32_t c = utf8::next(text, at);
      kind = unicode::isWord(c) ? kWord : unicode::isWhitespace(c) ? kSpace : kOther;
    } else {
      ++at;
    }
    if (kind == previous && from < text.size()) continue;
    if (previous != kSpace) result.push_back(word.slice({begin, from}));
    begin = from;
    previous = kind;
  }
  return result;
}

Words splitScripts(const NormalizedText& word) {
  const std::string& text = word.text();
  Words result;
  int last = -1;  // script of the last character that has one; -1 none yet
  std::optional<std::uint32_t> begin;
  for (std::size_t at = 0; at < text.size();) {
    const auto from = static_cast<std::uint32_t>(at);
    const int script = unicode::script(utf8::next(text, at));
    if (script == 0) continue;
    if (script != last) {
      if (begin) result.push_back(word.slice({*begin, from}));
      begin = from;
    }
    last = script;
  }
  if (begin) result.push_back(word.slice({*begin, static_cast<std::uint32_t>(text.size())}));
  return result;
}

std::unique_ptr<const PreTokenizer> readFixedLength(const JsonField& field) {
  const std::uint32_t length = field.has("length") ? readCount(field, "length") : 5;
  if (length == 0) throw field["length"].error("expected at least 1, found 0");
  return make([length](const NormalizedText& word) {
    Words result;
    std::uint32_t begin = 0, count = 0;
    for (std::size_t at = 0; at < word.text().size();) {
      utf8::next(word.text(), at);
      if (++count < length && at < word.text().size()) continue;
      result.push_back(word.slice({begin, static_cast<std::uint32_t>(at)}));
      begin = static_cast<std::uint32_t>(at);
      count = 0;
    }
    return result;
  });
}

std::unique_ptr<const PreTokenizer> readOne(const JsonField& field, int depth);

std::unique_ptr<const PreTokenizer> readSequence(const JsonField& field, int depth) {
  if (depth > kMaxSectionDepth) throw field.error("is nested too deeply");
  return std::make_unique<Sequence>(readSteps<PreTokenizer>(
      field, "pretokenizers", [&](const JsonField& step) { return readOne(step, depth + 1); }));
}

std::unique_ptr<const PreTokenizer> makeBert() {
  std::vector<std::unique_ptr<const PreTokenizer>> steps;
  steps.push_back(splitAt(&unicode::isWhitespace, SplitBehavior::kRemoved));
  steps.push_back(splitAt(&unicode::isPunctuation, SplitBehavior::kIsolated));
  return std::make_unique<Sequence>(std::move(steps));
}

std::unique_ptr<const PreTokenizer> readOne(const JsonField& field, int depth) {
  const auto type = field.require<std::string>("type");
  if (type == "Sequence") return readSequence(field, depth);
  if (type == "ByteLevel") return readByteLevel(field);
  if (type == "BertPreTokenizer") return makeBert();
  if (type == "Metaspace") return readMetaspaceStep(field);
  if (type == "Split") return readSplit(field);
  if (type == "Whitespace") return make(&splitWords);
  if (type == "WhitespaceSplit") return splitAt(&unicode::isWhitespace, SplitBehavior::kRemoved);
  if (type == "UnicodeScripts") return make(&splitScripts);
  if (type == "FixedLength") return readFixedLength(field);
  if (type == "Punctuation")
    return splitAt(&unicode::isPunctuation, field.has("behavior") ? readBehavior(field, "behavior")
                                                                  : SplitBehavior::kIsolated);
  if (type == "Digits")
    return splitAt(&unicode::isNumeric, field.require<bool>("individual_digits")
                                            ? SplitBehavior::kIsolated
                                            : SplitBehavior::kContiguous);
  if (type == "CharDelimiterSplit" || type == "Delimiter") {
    const char32_t delimiter = readChar(field, "delimiter");
    return splitAt([delimiter](char32_t c) { return c == delimiter; }, SplitBehavior::kRemoved);
  }
  unknownType(field, type);
}

}  // namespace

std::unique_ptr<const PreTokenizer> readPreTokenizer(const JsonField& field) {
  return readOne(field, 0);
}

}  // namespace orrery::tokenizers
