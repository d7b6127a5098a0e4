#pragma once

#include <filesystem>
#include <optional>

#include "core/tokenizers/formats/classes.h"

namespace orrery::tokenizers {

/// The file in `folder` that a tokenizer without a tokenizer.json can be made of: a sentencepiece
/// model, else vocab.json (beside merges.txt), else vocab.txt. Nothing if there is none.
std::optional<std::filesystem::path> findVocabularyFile(const std::filesystem::path& folder);

/// Whether the file's name is one of those.
bool isVocabularyFile(const std::filesystem::path& file);

/// The tokenizer that transformers makes of `file` (and of merges.txt beside a vocab.json), given
/// the contents of tokenizer_config.json and config.json, each empty if there is none. Errors name
/// file and field.
Tokenizer::Parts readVocabularyFile(const std::filesystem::path& file, const Json& tokenizerConfig,
                                    const Json& config);

}  // namespace orrery::tokenizers
