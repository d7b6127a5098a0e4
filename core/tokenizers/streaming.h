#pragma once

#include <string>
#include <vector>

#include "core/tokenizers/tokenizer.h"

namespace orrery::tokenizers {

/// Turns tokens into text one by one. What it returns never ends inside of a character; all of it
/// together is the text of all tokens. For one sequence and one thread.
class StreamingDetokenizer {
 public:
  explicit StreamingDetokenizer(std::shared_ptr<const Tokenizer> tokenizer,
                                bool skipSpecialTokens = true)
      : tokenizer_(std::move(tokenizer)), skipsSpecial_(skipSpecialTokens) {}

  /// The text that is certain now; empty while a character is not complete.
  std::string push(TokenId id);
  /// What is left at the end, an incomplete character as U+FFFD.
  std::string finish();

 private:
  std::string decoded(std::size_t end) const;
  /// What the tokens that are not reported yet add to the text of those before.
  std::string pending(const std::string& before) const;

  std::shared_ptr<const Tokenizer> tokenizer_;
  bool skipsSpecial_;
  // Tokens can change what their neighbours look like, so those last reported are decoded again.
  std::vector<TokenId> window_;
  std::size_t reported_ = 0;  ///< so many tokens of the window
};

}  // namespace orrery::tokenizers
