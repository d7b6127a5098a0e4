#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::tokenizers {

/// What a sentencepiece .model file says that a tokenizer needs, with the format's defaults for
/// what it leaves out.
struct SentencePieceModel {
  enum class Algorithm { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };
  enum class PieceType {
    kNormal = 1,
    kUnknown = 2,
    kControl = 3,
    kUserDefined = 4,
    kUnused = 5,
    kByte = 6,
  };
  struct Piece {
    std::string text;
    float score = 0;  ///< finite
    PieceType type = PieceType::kNormal;
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
