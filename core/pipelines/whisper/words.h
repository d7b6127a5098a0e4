#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/pipelines/whisper/settings.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::pipelines {

/// A word, and which of the tokens make it up: [begin, end).
struct SpokenWord {
  std::string text;
  std::size_t begin = 0, end = 0;
};

/// The words of tokens that are text, punctuation with the word that it belongs to. `language` by
/// its name; those that write no spaces are cut at every character.
std::vector<SpokenWord> wordsOf(std::span<const TokenId> ids, const std::string& language,
                                const tokenizers::Tokenizer& tokenizer);

}  // namespace orrery::pipelines
