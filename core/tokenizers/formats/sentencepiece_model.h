#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/token_type.h"

namespace orrery::tokenizers {

/// What a sentencepiece .model file says that a tokenizer needs, with the format's defaults for
/// what it leaves out.
struct SentencePieceModel {
  enum class Algorithm { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };
  struct Piece {
    std::string text;
    float score = 0;  ///< finite
    checkpoint::TokenType type = checkpoint::TokenType::kNormal;
  };

  std::vector<Piece> pieces;  ///< at least one; the id is the place
  Algorithm algorithm = Algorithm::kUnigram;
  bool byteFallback = false;
  std::int64_t unknownId = 0, bosId = 1, eosId = 2;  ///< -1: none
  std::string unknownPiece = "<unk>", bosPiece = "<s>", eosPiece = "</s>";
  std::string charsMap;  ///< the normalizer's precompiled character map; empty: none
};

/// Reads the bytes of a .model file, a protocol buffer. An Error names the field if the file is cut
/// short, has a value of another kind than the format says, or has no pieces.
SentencePieceModel readSentencePieceModel(std::string_view bytes);

}  // namespace orrery::tokenizers
