#pragma once

#include "core/tokenizers/formats/classes.h"
#include "core/tokenizers/formats/sentencepiece_model.h"

namespace orrery::tokenizers {

/// The vocabulary that transformers gives a class for a sentencepiece model: ids, scores, merges
/// and added tokens. `config` is withDefaults() of tokenizer_config.json (`source` in errors); it
/// gets the special tokens that the model names, for classes that leave them to it.
ClassVocabulary sentencePieceVocabulary(const TokenizerClass& kind, const SentencePieceModel& model,
                                        Json& config, const std::string& source);

}  // namespace orrery::tokenizers
