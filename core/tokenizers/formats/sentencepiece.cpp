#include "core/tokenizers/formats/sentencepiece.h"

#include "core/tokenizers/formats/implied_merges.h"
#include "core/tokenizers/formats/tokenizer_json.h"

namespace orrery::tokenizers {
namespace {

using Files = TokenizerClass::Files;
using checkpoint::TokenType;

ScoredTokens scoredPieces(const SentencePieceModel& model) {
  ScoredTokens tokens;
  for (const auto& piece : model.pieces)
    tokens.emplace_back(piece.text, static_cast<double>(piece.score));
  return tokens;
}

/// The sentinels follow the pieces, the last one first.
void appendSentinels(ScoredTokens& tokens, int count) {
  for (int i = count - 1; i >= 0; --i) tokens.emplace_back(fmt::format("<extra_id_{}>", i), 0.0);
}

/// The order of ids of the framework in which the model was trained: special tokens come first, so
/// that all others are one further than in the sentencepiece model.
ScoredTokens inFairseqOrder(const ScoredTokens& pieces, const JsonField& config) {
  ScoredTokens tokens;
  for (const char* role : {"bos_token", "pad_token", "eos_token", "unk_token"})
    tokens.emplace_back(readAddedToken(config[role]).content, 0.0);
  for (std::size_t id = 3; id < pieces.size(); ++id) tokens.push_back(pieces[id]);
  tokens.emplace_back(readAddedToken(config["mask_token"]).content, 0.0);
  return tokens;
}

/// Byte pairs: what comes first in the file is merged first, whatever the scores say.
void takeBytePairs(const SentencePieceModel& model, ClassVocabulary& vocabulary) {
  std::vector<std::string> tokens;
  for (const auto& piece : model.pieces) tokens.push_back(piece.text);
  vocabulary.tokens = vocabularyOf(tokens);
  vocabulary.merges = impliedMerges(tokens, vocabulary.tokens);
}

/// Unused pieces whose ids tokenizer_config.json gives to other tokens take their names.
void renamePieces(ClassVocabulary& vocabulary, std::size_t pieces, const JsonField& config) {
  const auto decoder = config.find("added_tokens_decoder");
  if (!decoder) return;
  Vocabulary renamed;
  for (TokenId id = 0; id < static_cast<TokenId>(pieces); ++id) {
    const auto piece = vocabulary.tokens.token(id);
    if (!piece) continue;
    const auto field = decoder->find(std::to_string(id));
    const std::string name = field ? readAddedToken(*field).content : std::string(*piece);
    renamed.add(vocabulary.tokens.find(name) ? *piece : name, id);
  }
  vocabulary.tokens = std::move(renamed);
}

/// Special tokens that the model names, where the configuration does not.
void addRoles(const SentencePieceModel& model, Json& config) {
  const std::tuple<const char*, std::int64_t, std::string> roles[] = {
      {"bos_token", model.bosId, model.bosPiece},
      {"eos_token", model.eosId, model.eosPiece},
      {"unk_token", model.unknownId, model.unknownPiece}};
  for (const auto& [role, id, piece] : roles)
    if (id >= 0 && !config.contains(role)) config[role] = piece;
}

}  // namespace

ClassVocabulary sentencePieceVocabulary(const TokenizerClass& kind, const SentencePieceModel& model,
                                        Json& config, const std::string& source) {
  ClassVocabulary vocabulary;
  const bool plain = kind.files == Files::kPieces;
  const bool unigram = plain ? model.algorithm == SentencePieceModel::Algorithm::kUnigram
                             : kind.files == Files::kUnigramPieces;
  if (unigram)
    vocabulary.scored = scoredPieces(model);
  else
    takeBytePairs(model, vocabulary);
  if (plain) {
    if (!unigram) renamePieces(vocabulary, model.pieces.size(), JsonField(config, source));
    addRoles(model, config);
  }
  if (kind.name == "T5Tokenizer")
    appendSentinels(vocabulary.scored, extraIds(JsonField(config, source)));
  if (kind.name == "XLMRobertaTokenizer")
    vocabulary.scored = inFairseqOrder(vocabulary.scored, JsonField(config, source));
  for (const auto& piece : model.pieces)
    if (piece.type == TokenType::kControl || piece.type == TokenType::kUserDefined)
      vocabulary.added.push_back(
          {piece.text, false, false, false, false, piece.type == TokenType::kControl});
  vocabulary.charsMap = model.charsMap;
  vocabulary.unknownToken = model.unknownPiece;
  vocabulary.unknownId = model.unknownId;
  vocabulary.byteFallback = model.byteFallback;
  return vocabulary;
}

}  // namespace orrery::tokenizers
