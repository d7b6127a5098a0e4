#pragma once

#include <functional>
#include <memory>

#include "core/tokenizers/tokenizer.h"

namespace orrery::tokenizers {

/// The bytes that each token adds to a text, for stop_strings: whole for byte-level and
/// byte-fallback vocabularies even where a token is part of a character.
std::function<std::string(TokenId)> tokenBytesOf(std::shared_ptr<const Tokenizer> tokenizer);

}  // namespace orrery::tokenizers
