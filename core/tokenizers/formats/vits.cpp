// How VITS (and MMS-TTS) makes tokens of a text: its characters, in lower case.

#include <algorithm>

#include "core/base/utf8.h"
#include "core/tokenizers/formats/class_steps.h"
#include "core/tokenizers/formats/tokenizer_json.h"
#include "core/tokenizers/text/unicode.h"

namespace orrery::tokenizers {
namespace {

/// The texts of a vocabulary, in the order of their ids.
std::vector<std::string> wordsOf(const Vocabulary& vocabulary) {
  std::vector<std::string> words;
  for (TokenId id = 0; id < vocabulary.endOfIds(); ++id)
    if (const auto token = vocabulary.token(id)) words.emplace_back(*token);
  return words;
}

class VitsNormalizer : public Normalizer {
 public:
  struct Options {
    bool normalize = true;  ///< to lower case and to what the vocabulary has
    bool romanize = false;  ///< the model knows Latin letters only
    bool romanian = false;  ///< writes ț with a cedilla
  };
  VitsNormalizer(std::vector<std::string> words, Options options)
      : words_(std::move(words)), options_(options) {}

  void apply(NormalizedText& text) const override {
    if (options_.normalize) lowercase(text);
    if (options_.romanian) text.map([](char32_t c) { return c == U'ț' ? U'ţ' : c; });
    if (options_.romanize)
      text.map([](char32_t c) {
        if (c > 0x7F)
          throw Error(ErrorKind::kInvalidInput,
                      "this model reads Latin letters only (is_uroman): write the text in them");
        return c;
      });
    if (!options_.normalize) return;
    text.filter([&](char32_t c) {
      std::string character;
      utf8::append(character, c);
      return std::ranges::count(words_, character) > 0;
    });
    strip(text);
  }

 private:
  /// All but what is a token as it stands.
  void lowercase(NormalizedText& text) const {
    const std::string before = text.text();
    std::vector<ChangedChar> chars;
    for (std::size_t at = 0; at < before.size();) {
      const std::string_view rest = std::string_view(before).substr(at);
      const auto word = std::ranges::find_if(
          words_, [&](const std::string& w) { return !w.empty() && rest.starts_with(w); });
      if (word != words_.end()) {
        for (const std::size_t end = at + word->size(); at < end;)
          chars.push_back({utf8::next(before, at), 0});
        continue;
      }
      const std::size_t begin = at;
      utf8::next(before, at);
      NormalizedText lower(before.substr(begin, at - begin));
      unicode::lowercase(lower);
      int change = 0;
      for (const char32_t c : utf8::decode(lower.text())) chars.push_back({c, change}), change = 1;
    }
    text.transform(chars);
  }

  static void strip(NormalizedText& text) {
    const std::u32string chars = utf8::decode(text.text());
    const auto solid = [](char32_t c) { return !unicode::isWhitespace(c); };
    const auto first = std::ranges::find_if(chars, solid);
    const auto last = std::find_if(chars.rbegin(), chars.rend(), solid);
    const auto left = first - chars.begin(), right = last - chars.rbegin();
    text.strip(static_cast<std::size_t>(left),
               first == chars.end() ? 0 : static_cast<std::size_t>(right));
  }

  std::vector<std::string> words_;
  Options options_;
};

/// Characters without the blanks between them.
class VitsDecoder : public Decoder {
 public:
  void apply(std::vector<std::string>& tokens) const override {
    if (tokens.size() < 2) return;
    std::vector<std::string> kept;
    for (std::size_t i = 1; i < tokens.size(); i += 2) kept.push_back(std::move(tokens[i]));
    tokens = std::move(kept);
  }
};

bool normalizes(const JsonField& config) {
  return config.get("normalize", true);
}

}  // namespace

void buildVits(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config) {
  if (config.get("phonemize", true))
    throw Error(ErrorKind::kUnsupported,
                "expected false: phonemes are made by eSpeak, which this build has not")
        .in("phonemize");
  const bool blank = config.get("add_blank", true);
  parts.normalizer = std::make_unique<VitsNormalizer>(
      wordsOf(vocabulary.tokens),
      VitsNormalizer::Options{.normalize = normalizes(config),
                              .romanize = config.get("is_uroman", false),
                              .romanian = config.get<std::string>("language", "") == "ron"});
  parts.model = makeCharacters(
      std::move(vocabulary.tokens),
      {.unknownToken = readAddedToken(config["unk_token"]).content, .blanks = blank});
  if (blank) parts.decoder = std::make_unique<VitsDecoder>();
}

void finishVits(Tokenizer::Parts& parts, const JsonField& config) {
  std::vector<AddedToken> tokens;
  for (const auto& [id, token] : parts.added.all()) {
    // A normalized text has single characters of the vocabulary, and nothing else.
    if (normalizes(config) && utf8::decode(token.content).size() != 1) continue;
    tokens.push_back(token);
    tokens.back().normalized = true;
  }
  parts.added = {};
  parts.add(tokens);
}

}  // namespace orrery::tokenizers
