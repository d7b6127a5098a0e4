#pragma once

#include <string>

#include "core/base/json.h"

namespace orrery::tokenizers {

/// The tokenizer class that transformers takes for a folder with this tokenizer_config.json and
/// this config.json (each an object, empty if there is none); empty if neither says. It is the one
/// they name, unless the model type insists on its own.
std::string chooseClass(const Json& tokenizerConfig, const Json& config);

}  // namespace orrery::tokenizers
