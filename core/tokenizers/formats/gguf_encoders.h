#pragma once

#include <optional>
#include <string_view>

#include "core/checkpoint/gguf_vocabulary.h"
#include "core/tokenizers/parts.h"

namespace orrery::tokenizers {

/// The tokenizer of a BERT (with its kin of word pieces), a RoBERTa or an XLM-RoBERTa, all of which
/// llama.cpp calls bert; the kind of vocabulary tells them apart. Nothing if it is no such model.
std::optional<Tokenizer::Parts> ggufEncoder(const checkpoint::GgufVocabulary& gguf,
                                            std::string_view architecture);

}  // namespace orrery::tokenizers
