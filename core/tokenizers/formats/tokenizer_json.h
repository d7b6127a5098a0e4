#pragma once

#include "core/tokenizers/parts.h"

namespace orrery::tokenizers {

/// The parts that a tokenizer.json describes.
Tokenizer::Parts readTokenizerJson(const JsonField& root);

/// One added token, as tokenizer.json and tokenizer_config.json write it; `content` may also be the
/// whole value (a text), which makes a special token that is not normalized.
AddedToken readAddedToken(const JsonField& field);

/// Adds what tokenizer_config.json says: special tokens, their roles, settings.
void applyTokenizerConfig(Tokenizer::Parts& parts, const JsonField& config);

}  // namespace orrery::tokenizers
