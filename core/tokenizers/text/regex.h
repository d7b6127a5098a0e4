#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/tokenizers/text/normalized_text.h"

namespace orrery::tokenizers {

/// A pattern in the dialect of tokenizer.json (Oniguruma's Ruby syntax), or a plain text to look
/// for. Copies share the compiled pattern; may be used by several threads.
class Regex {
 public:
  /// Throws an Error that quotes the pattern and says where it is wrong.
  explicit Regex(std::string_view pattern);
  static Regex literal(std::string text);

  /// All of `text` as matches and what lies between them. An Error if matching takes too many
  /// steps.
  std::vector<Part> find(std::string_view text) const;

 private:
  struct Compiled;
  Regex() = default;

  /// The first match at or after `from`; false if there is none.
  bool findFirst(std::string_view text, std::size_t from, ByteRange& match) const;

  std::shared_ptr<const Compiled> compiled_;
  std::string literal_;
};

/// The pattern in the dialect of PCRE2.
std::string translateRegex(std::string_view pattern);

}  // namespace orrery::tokenizers
