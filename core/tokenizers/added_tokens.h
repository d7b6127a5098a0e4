#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/tokenizers/models/model.h"
#include "core/tokenizers/steps/normalizer.h"

namespace orrery::tokenizers {

/// A token that is looked for in the text before everything else, and how.
struct AddedToken {
  std::string content;
  bool singleWord = false;  ///< only where no word character touches it
  bool stripsLeft = false;  ///< takes the spaces before it along
  bool stripsRight = false;
  bool normalized = true;  ///< looked for in the normalized text
  bool special = false;    ///< left out of decoded text on request

  bool operator==(const AddedToken&) const = default;
};

/// A part of a text: a token that was found, or what lies between.
struct ExtractedPart {
  NormalizedText text;
  std::optional<TokenId> id;
};

/// The added tokens of a tokenizer.
class AddedTokens {
 public:
  /// Adds tokens in order. One that the model has gets the model's id, another the next free one.
  void add(const std::vector<AddedToken>& tokens, const Model& model, const Normalizer* normalizer);

  std::optional<TokenId> find(std::string_view content) const;
  /// The text of the token with this id, as it is looked for.
  std::optional<std::string_view> token(TokenId id) const;
  bool isSpecial(std::string_view token) const { return special_.contains(std::string(token)); }
  const std::map<TokenId, AddedToken>& all() const { return byId_; }

  /// The text with all added tokens cut out, and what is between normalized.
  std::vector<ExtractedPart> extract(std::string text, const Normalizer* normalizer) const;

 private:
  /// Texts to look for, as a trie over their bytes.
  class Trie {
   public:
    void add(std::string_view text, TokenId id);
    bool empty() const { return nodes_.size() == 1; }
    /// The longest text that `text` has at `at`: its end, and its id; nothing if there is none.
    std::optional<std::pair<std::size_t, TokenId>> longest(std::string_view text,
                                                           std::size_t at) const;

   private:
    struct Node {
      std::map<unsigned char, std::uint32_t> next;
      TokenId id = -1;
    };
    std::vector<Node> nodes_{1};
    bool starts_[256] = {};
  };

  void rebuild();
  void cut(const NormalizedText& text, const Trie& trie, std::vector<ExtractedPart>& parts) const;

  std::unordered_map<std::string, TokenId> ids_;
  std::map<TokenId, AddedToken> byId_;
  std::unordered_map<TokenId, std::string> normalized_;  ///< texts that the normalizer changes
  std::unordered_set<std::string> special_;
  Trie plain_, inNormalized_;
};

}  // namespace orrery::tokenizers
