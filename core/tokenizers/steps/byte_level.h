#pragma once

#include "core/tokenizers/encoding.h"
#include "core/tokenizers/text/normalized_text.h"

namespace orrery::tokenizers {

/// Writes every byte of the text as its character of the byte alphabet.
void spellBytes(NormalizedText& text);

/// Takes spaces at the ends of tokens out of their offsets. With `addedPrefixSpace`, one space in
/// front of the first token was not in the text.
void trimByteLevelOffsets(Encoding& encoding, bool addedPrefixSpace);

}  // namespace orrery::tokenizers
