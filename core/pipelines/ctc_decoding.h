#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace orrery::pipelines {

/// What the outputs of a model with a CTC head (Graves et al. 2006) stand for: Wav2Vec2CTCTokenizer
/// of transformers.
struct CtcVocabulary {
  std::map<std::int64_t, std::string> tokens;
  std::string blank = "<pad>";    ///< between two tokens, or where nothing is said
  std::string delimiter = "|";    ///< between two words
  std::string replacement = " ";  ///< what a text has in its place
  bool lowerCase = false, cleansUpSpaces = false;

  /// From vocab.json and, where there are such, tokenizer_config.json and added_tokens.json of a
  /// folder. Where vocab.json has one for each language (MMS), that of `language`, by default of
  /// tokenizer_config.json's target_lang. An Error names the file and the field.
  static CtcVocabulary load(const std::filesystem::path& folder,
                            std::optional<std::string> language = std::nullopt);
};

/// A character or a word, and the outputs that say it: from `start` to before `end`.
struct CtcPiece {
  std::string text;
  std::int64_t start = 0, end = 0;
  bool operator==(const CtcPiece&) const = default;
};

struct CtcText {
  std::string text;
  std::vector<CtcPiece> characters;
};

/// The likeliest token of each output as a text: equal ones in a row are one, blanks are left out.
/// An Error if the vocabulary has no such id.
CtcText decodeCtc(std::span<const std::int64_t> ids, const CtcVocabulary& vocabulary);

/// The words between the characters that are `delimiter`.
std::vector<CtcPiece> ctcWords(std::span<const CtcPiece> characters, const std::string& delimiter);

}  // namespace orrery::pipelines
