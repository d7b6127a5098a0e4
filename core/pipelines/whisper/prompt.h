#pragma once

#include <functional>
#include <vector>

#include "core/pipelines/whisper/settings.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::pipelines {

/// The tokens that every window begins with: start, language, task, and whether there are times.
/// `detect` hears which language is spoken; it is asked where none is named. An Error if the model
/// has no such language or task.
std::vector<TokenId> initialTokens(const WhisperSettings& settings, TokenId start,
                                   const std::function<TokenId()>& detect);

/// A text as what was said before; an Error if it has tokens that are no text.
std::vector<TokenId> promptTokens(const tokenizers::Tokenizer& tokenizer, const std::string& text);

}  // namespace orrery::pipelines
