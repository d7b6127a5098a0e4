#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizers/text/regex.h"

/// What the readers of tokenizer.json's sections share.
namespace orrery::tokenizers {

/// How deep sections may contain sections.
inline constexpr int kMaxSectionDepth = 32;

/// A field with exactly one character.
char32_t readChar(const JsonField& section, std::string_view key);

/// A field {"String": "…"} or {"Regex": "…"}.
Regex readPattern(const JsonField& section, std::string_view key);

SplitBehavior readBehavior(const JsonField& section, std::string_view key);

/// The field as a count, which must not be negative.
std::uint32_t readCount(const JsonField& section, std::string_view key);

/// An Error that says which kinds of section there are.
[[noreturn]] void unknownType(const JsonField& section, const std::string& type);

/// The sections in the list `key`, each read by `read`.
template <class Step, class Read>
std::vector<std::unique_ptr<const Step>> readSteps(const JsonField& section, std::string_view key,
                                                   Read read) {
  std::vector<std::unique_ptr<const Step>> steps;
  for (const JsonField& element : section[key].elements()) steps.push_back(read(element));
  return steps;
}

}  // namespace orrery::tokenizers
