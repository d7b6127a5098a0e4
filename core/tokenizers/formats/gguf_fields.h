#pragma once

#include "core/checkpoint/gguf_vocabulary.h"
#include "core/tokenizers/formats/classes.h"

/// The fields of a GGUF vocabulary as the parts of a tokenizer. Errors name the field.
namespace orrery::tokenizers {

/// tokenizer.ggml.merges.
Merges ggufMerges(const checkpoint::GgufVocabulary& gguf);
/// tokenizer.ggml.scores, finite; an Error if there are none.
std::vector<double> ggufScores(const checkpoint::GgufVocabulary& gguf);
/// Tokens with their scores.
ScoredTokens ggufScoredTokens(const checkpoint::GgufVocabulary& gguf);
/// Tokens and merges of a byte-level vocabulary.
ClassVocabulary ggufByteLevel(const checkpoint::GgufVocabulary& gguf);

/// Whether llama.cpp wrote this token for an id that the model's own vocabulary has no token for.
bool isPlaceholder(std::string_view token);

/// What stands for tokenizer_config.json in errors.
inline constexpr const char* kGgufSource = "tokenizer.ggml";

/// A tokenizer of the class `name`; `config` as tokenizer_config.json would have it.
Tokenizer::Parts buildGguf(const char* name, ClassVocabulary vocabulary,
                           const Json& config = Json::object());

}  // namespace orrery::tokenizers
