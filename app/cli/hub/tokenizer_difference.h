#pragma once

#include "app/cli/hub/value_changes.h"
#include "core/checkpoint/gguf_vocabulary.h"

namespace orrery::cli {

/// The tokenizer inside a GGUF file in the form of a tokenizer.json, as far as the two have the
/// like.
Json tokenizerJson(const checkpoint::GgufVocabulary& vocabulary);

/// What two documents of that form do not share, their long lists as counts.
std::vector<ValueChange> tokenizerChanges(Json before, Json after);

/// The same of a tokenizer.json and of one inside a GGUF file, which say all else in other words:
/// tokens with their numbers, and merges.
std::vector<ValueChange> vocabularyChanges(const Json& before, const Json& after);

}  // namespace orrery::cli
