#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizers/models/vocabulary.h"
#include "core/tokenizers/text/normalized_text.h"

namespace orrery::tokenizers {

/// A token of a word.
struct Token {
  TokenId id;
  std::string text;
  ByteRange range;  ///< of the word
};

/// Makes tokens of words. Safe to use from several threads.
class Model {
 public:
  virtual ~Model() = default;
  virtual std::vector<Token> tokenize(std::string_view word) const = 0;
  virtual std::optional<TokenId> idOf(std::string_view token) const = 0;
  virtual std::optional<std::string_view> tokenOf(TokenId id) const = 0;
  virtual std::size_t size() const = 0;  ///< number of tokens
  /// What the pieces of a word but the first begin with; empty if nothing marks them.
  virtual std::string_view continuingPrefix() const { return {}; }
  /// Whether spaces are part of tokens, so that none may be cleaned up after decoding.
  virtual bool keepsSpaces() const { return false; }
};

/// What a byte pair encoding needs besides its vocabulary and merges.
struct BpeOptions {
  std::string unknownToken;      ///< empty: characters without a token are left out
  std::string continuingPrefix;  ///< of all pieces of a word but the first
  std::string wordSuffix;        ///< of the last piece of a word
  bool fusesUnknown = false;
  bool byteFallback = false;
  bool ignoresMerges = false;  ///< a word that is a token is that token
};

using Merges = std::vector<std::pair<std::string, std::string>>;   ///< the best first
using ScoredTokens = std::vector<std::pair<std::string, double>>;  ///< the id is the place

std::unique_ptr<const Model> makeBpe(Vocabulary vocabulary, const Merges& merges,
                                     BpeOptions options);
std::unique_ptr<const Model> makeWordPiece(Vocabulary vocabulary, std::string unknownToken,
                                           std::string continuingPrefix, std::size_t maxCharacters);
std::unique_ptr<const Model> makeWordLevel(Vocabulary vocabulary, std::string unknownToken);
/// What becomes of characters that are tokens each.
struct CharacterOptions {
  std::string unknownToken;
  bool blanks = false;        ///< the token of id 0 stands around each
  bool fusesUnknown = false;  ///< unknown ones that follow each other are one token
};
std::unique_ptr<const Model> makeCharacters(Vocabulary vocabulary, CharacterOptions options);
/// `unknownId` is -1 if there is no token for what is unknown.
std::unique_ptr<const Model> makeUnigram(ScoredTokens tokens, std::int64_t unknownId,
                                         bool byteFallback);

/// The number that the reference makes of a score once it has been text: it may miss the nearest
/// one by a bit, and scores of two splits of a word are often as near as that.
double scoreAsRead(double score);

/// An object from tokens to ids. Errors name the field.
Vocabulary readVocabulary(const JsonField& field);

/// The model a tokenizer.json describes. Errors name the field.
std::unique_ptr<const Model> readModel(const JsonField& field);

/// The name of a byte's token where unknown characters fall back to bytes: <0x0A>.
std::string byteToken(unsigned char byte);

}  // namespace orrery::tokenizers
