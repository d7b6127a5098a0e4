#pragma once

#include <memory>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizers/text/normalized_text.h"

namespace orrery::tokenizers {

/// Splits a text into words, which the model then makes tokens of, each by itself. Safe to use from
/// several threads.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  /// Replaces each of `words` by what it is split into; none of those is empty.
  virtual void apply(std::vector<NormalizedText>& words) const = 0;
};

/// The pre-tokenizer a tokenizer.json describes. Errors name the field.
std::unique_ptr<const PreTokenizer> readPreTokenizer(const JsonField& field);

}  // namespace orrery::tokenizers
