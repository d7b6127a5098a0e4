#pragma once

#include <memory>

#include "core/generation/stopping.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::cli {

/// The bytes that each token adds to a text, for stop_strings: whole for byte-level and
/// byte-fallback vocabularies even where a token is part of a character.
generation::TokenBytes tokenBytesOf(std::shared_ptr<const tokenizers::Tokenizer> tokenizer);

}  // namespace orrery::cli
