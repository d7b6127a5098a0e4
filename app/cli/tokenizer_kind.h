#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/protocol/library.h"

namespace orrery::engine {

/// Which kind of tokenizer a checkpoint brings, and in which file; empty if there is none. A
/// tokenizer.json is read up to the word that says so. Throws an Error that names the file if that
/// is no JSON.
protocol::TokenizerEntry tokenizerOf(const checkpoint::Checkpoint& checkpoint);

}  // namespace orrery::engine
