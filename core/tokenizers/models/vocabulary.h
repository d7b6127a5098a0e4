#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tokenizers/encoding.h"

namespace orrery::tokenizers {

/// Tokens and their ids. Several ids may have no token; a token has one id.
class Vocabulary {
 public:
  void reserve(std::size_t tokens, std::size_t bytes);

  /// Gives `token` the id. A token that is there already gets the new one. Ids must not be
  /// negative, nor much larger than the number of tokens: an Error says so.
  void add(std::string_view token, std::int64_t id);

  std::optional<TokenId> find(std::string_view token) const;
  /// The token with this id; nothing if there is none.
  std::optional<std::string_view> token(TokenId id) const;

  /// Number of different tokens.
  std::size_t size() const { return count_; }
  /// All tokens have ids below it.
  TokenId endOfIds() const { return static_cast<TokenId>(byId_.size()); }
  std::size_t longestToken() const { return longest_; }  ///< in bytes

 private:
  struct Entry {
    std::uint64_t begin = 0;  ///< in bytes_
    std::uint32_t size = 0;
    TokenId id = -1;
  };

  std::string_view textOf(const Entry& entry) const {
    return std::string_view(bytes_).substr(entry.begin, entry.size);
  }
  std::size_t slotOf(std::string_view token) const;
  void grow(std::size_t slots);

  std::string bytes_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  ///< hash table: 1 + index of the entry, or 0
  std::vector<std::uint32_t> byId_;   ///< 1 + index of the entry, or 0
  std::size_t count_ = 0;
  std::size_t longest_ = 0;
};

/// The id of each token is its place; of twins the last counts.
Vocabulary vocabularyOf(const std::vector<std::string>& tokens);

}  // namespace orrery::tokenizers
