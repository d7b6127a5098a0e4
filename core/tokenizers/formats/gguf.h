#pragma once

#include "core/checkpoint/gguf_vocabulary.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::tokenizers {

/// The tokenizer of the vocabulary inside a GGUF file, as transformers builds it; `architecture` is
/// general.architecture.
std::shared_ptr<const Tokenizer> fromGguf(const checkpoint::GgufVocabulary& vocabulary,
                                          std::string_view architecture);

}  // namespace orrery::tokenizers
