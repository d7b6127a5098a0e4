#pragma once

#include <cstddef>

namespace orrery::tokenizers {

/// Throws an Error of kind kInvalidInput if the steps of a tokenizer have made more of a text than
/// any real one does: a short file may ask for replacements that double the text at each step.
void checkGrowth(std::size_t originalBytes, std::size_t bytes);

}  // namespace orrery::tokenizers
