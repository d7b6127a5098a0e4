#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::tokenizers {

/// Turns tokens back into text. Safe to use from several threads.
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Rewrites `tokens`, whose concatenation is the text once all steps are done.
  virtual void apply(std::vector<std::string>& tokens) const = 0;
};

/// The decoder a tokenizer.json describes. Errors name the field.
std::unique_ptr<const Decoder> readDecoder(const JsonField& field);

/// Takes the spaces out that English text has not: before punctuation and in contractions.
std::string cleanUpSpaces(std::string text);

}  // namespace orrery::tokenizers
