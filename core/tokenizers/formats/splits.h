#pragma once

#include <string_view>

#include "core/base/json.h"

namespace orrery::tokenizers {

/// How Qwen2 finds words.
extern const char* const kQwen2Split;

/// How the words of a byte-level vocabulary are found, by tokenizer.ggml.pre; null: GPT-2's way.
const char* splitOf(std::string_view name);

/// The pre-tokenizer and decoder of byte-level vocabularies, as tokenizer.json writes it.
Json byteLevelStep(bool addsPrefixSpace, bool usesRegex);

/// The pre-tokenizer of byte-level vocabularies that finds words by a pattern.
Json splitStep(const char* pattern, bool addsPrefixSpace);

}  // namespace orrery::tokenizers
