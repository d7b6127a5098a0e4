#pragma once

#include <memory>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizers/text/normalized_text.h"

namespace orrery::tokenizers {

/// Rewrites a text before it is split: case, accents, spaces. Safe to use from several threads.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void apply(NormalizedText& text) const = 0;
};

/// The normalizer a tokenizer.json describes. Errors name the field.
std::unique_ptr<const Normalizer> readNormalizer(const JsonField& field);

/// One step after another.
std::unique_ptr<const Normalizer> joinNormalizers(
    std::vector<std::unique_ptr<const Normalizer>> steps);

/// A sentencepiece character map (its bytes, as they are) as a normalizer; `name` for errors.
std::unique_ptr<const Normalizer> makeCharsMap(std::string bytes, const std::string& name);

}  // namespace orrery::tokenizers
