// WordPiece (the longest token that fits, again and again), WordLevel (a word is a token or
// unknown) and characters (each is a token or unknown).

#include "core/base/utf8.h"
#include "core/tokenizers/models/model.h"

namespace orrery::tokenizers {
namespace {

class WordModel : public Model {
 public:
  WordModel(Vocabulary vocabulary, std::string unknownToken)
      : vocabulary_(std::move(vocabulary)), unknownToken_(std::move(unknownToken)) {}

  std::optional<TokenId> idOf(std::string_view token) const override {
    return vocabulary_.find(token);
  }
  std::optional<std::string_view> tokenOf(TokenId id) const override {
    return vocabulary_.token(id);
  }
  std::size_t size() const override { return vocabulary_.size(); }

 protected:
  std::vector<Token> unknown(std::string_view word) const {
    const auto id = vocabulary_.find(unknownToken_);
    if (!id)
      throw Error(ErrorKind::kInvalidInput, "model.unk_token: {} is not in the vocabulary",
                  orrery::quoted(unknownToken_));
    return {{*id, unknownToken_, {0, static_cast<std::uint32_t>(word.size())}}};
  }

  Vocabulary vocabulary_;
  std::string unknownToken_;
};

class WordLevel final : public WordModel {
 public:
  using WordModel::WordModel;

  std::vector<Token> tokenize(std::string_view word) const override {
    const auto id = vocabulary_.find(word);
    if (!id) return unknown(word);
    return {{*id, std::string(word), {0, static_cast<std::uint32_t>(word.size())}}};
  }
};

class WordPiece final : public WordModel {
 public:
  WordPiece(Vocabulary vocabulary, std::string unknownToken, std::string prefix,
            std::size_t maxCharacters)
      : WordModel(std::move(vocabulary), std::move(unknownToken)),
        prefix_(std::move(prefix)),
        maxCharacters_(maxCharacters) {}

  std::vector<Token> tokenize(std::string_view word) const override {
    if (utf8::decode(word).size() > maxCharacters_) return unknown(word);
    std::vector<Token> tokens;
    std::string text;
    for (std::size_t begin = 0; begin < word.size();) {
      const std::string_view prefix = begin > 0 ? std::string_view(prefix_) : std::string_view{};
      // No token is longer than the longest.
      std::size_t end = std::min(word.size(), begin + vocabulary_.longestToken());
      while (end < word.size() && (static_cast<unsigned char>(word[end]) & 0xC0) == 0x80) ++end;
      text.assign(prefix).append(word.substr(begin, end - begin));
      std::optional<TokenId> id;
      while (!(id = vocabulary_.find(text)) && end > begin) {
        do --end, text.pop_back();
        while (end > begin && (static_cast<unsigned char>(word[end]) & 0xC0) == 0x80);
      }
      if (!id || end == begin) return unknown(word);
      tokens.push_back(
          {*id, text, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}});
      begin = end;
    }
    return tokens;
  }
  std::string_view continuingPrefix() const override { return prefix_; }

 private:
  std::string prefix_;
  std::size_t maxCharacters_;
};

class Characters final : public WordModel {
 public:
  Characters(Vocabulary vocabulary, CharacterOptions options)
      : WordModel(std::move(vocabulary), std::move(options.unknownToken)),
        fusesUnknown_(options.fusesUnknown) {
    if (!options.blanks) return;
    const auto token = vocabulary_.token(0);
    if (!token)
      throw Error(ErrorKind::kInvalidInput, "no token has id 0, which is to stand between others");
    blank_ = *token;
  }

  std::vector<Token> tokenize(std::string_view word) const override {
    std::vector<Token> tokens;
    bool afterUnknown = false;
    for (std::size_t at = 0; at < word.size();) {
      const auto begin = static_cast<std::uint32_t>(at);
      utf8::next(word, at);
      const auto end = static_cast<std::uint32_t>(at);
      const std::string character(word.substr(begin, end - begin));
      if (blank_) tokens.push_back({0, *blank_, {begin, begin}});
      const auto id = vocabulary_.find(character);
      if (!id && afterUnknown && fusesUnknown_) {
        tokens.back().text += character;
        tokens.back().range.end = end;
      } else {
        tokens.push_back({id ? *id : unknown(character).front().id, character, {begin, end}});
      }
      afterUnknown = !id;
    }
    const auto end = static_cast<std::uint32_t>(word.size());
    if (blank_ && !tokens.empty()) tokens.push_back({0, *blank_, {end, end}});
    return tokens;
  }

 private:
  std::optional<std::string> blank_;
  bool fusesUnknown_;
};

}  // namespace

std::unique_ptr<const Model> makeWordPiece(Vocabulary vocabulary, std::string unknownToken,
                                           std::string continuingPrefix,
                                           std::size_t maxCharacters) {
  return std::make_unique<WordPiece>(std::move(vocabulary), std::move(unknownToken),
                                     std::move(continuingPrefix), maxCharacters);
}

std::unique_ptr<const Model> makeCharacters(Vocabulary vocabulary, CharacterOptions options) {
  return std::make_unique<Characters>(std::move(vocabulary), std::move(options));
}

std::unique_ptr<const Model> makeWordLevel(Vocabulary vocabulary, std::string unknownToken) {
  return std::make_unique<WordLevel>(std::move(vocabulary), std::move(unknownToken));
}

}  // namespace orrery::tokenizers
