#include "core/tokenizers/models/vocabulary.h"

#include <bit>
#include <functional>

#include "core/base/error.h"

namespace orrery::tokenizers {
namespace {

// Ids beyond this many times the tokens would only waste memory; real vocabularies have few gaps.
constexpr std::int64_t kSparseness = 8;
constexpr std::int64_t kAlwaysAllowed = 1 << 20;

std::size_t hashOf(std::string_view token) {
  return std::hash<std::string_view>{}(token);
}

}  // namespace

void Vocabulary::reserve(std::size_t tokens, std::size_t bytes) {
  bytes_.reserve(bytes);
  entries_.reserve(tokens);
  byId_.reserve(tokens);
  grow(std::bit_ceil(tokens * 2 + 16));
}

/// The slot that has the token, or the empty one where it belongs.
std::size_t Vocabulary::slotOf(std::string_view token) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hashOf(token) & mask;
  while (slots_[slot] != 0 && textOf(entries_[slots_[slot] - 1]) != token) slot = (slot + 1) & mask;
  return slot;
}

void Vocabulary::grow(std::size_t slots) {
  if (slots <= slots_.size()) return;
  slots_.assign(slots, 0);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) slots_[slotOf(textOf(entries_[i]))] = i + 1;
}

void Vocabulary::add(std::string_view token, std::int64_t id) {
  const auto limit =
      std::max(kAlwaysAllowed, static_cast<std::int64_t>(entries_.capacity()) * kSparseness);
  if (id < 0 || id >= limit)
    throw Error(ErrorKind::kInvalidInput, "token {} has id {}, expected 0 to {}",
                orrery::quoted(token), id, limit - 1);
  if (slots_.size() < (entries_.size() + 1) * 2)
    grow(std::bit_ceil((entries_.size() + 1) * 4 + 16));
  const auto index = static_cast<std::size_t>(id);
  if (index >= byId_.size()) byId_.resize(index + 1);
  std::uint32_t& slot = slots_[slotOf(token)];
  if (slot == 0) {
    entries_.push_back(
        {bytes_.size(), static_cast<std::uint32_t>(token.size()), static_cast<TokenId>(id)});
    bytes_ += token;
    slot = static_cast<std::uint32_t>(entries_.size());
    ++count_;
    longest_ = std::max(longest_, token.size());
  }
  entries_[slot - 1].id = static_cast<TokenId>(id);
  byId_[index] = slot;
}

std::optional<TokenId> Vocabulary::find(std::string_view token) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t entry = slots_[slotOf(token)];
  if (entry == 0) return std::nullopt;
  return entries_[entry - 1].id;
}

std::optional<std::string_view> Vocabulary::token(TokenId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= byId_.size()) return std::nullopt;
  const std::uint32_t entry = byId_[static_cast<std::size_t>(id)];
  if (entry == 0) return std::nullopt;
  return textOf(entries_[entry - 1]);
}

Vocabulary vocabularyOf(const std::vector<std::string>& tokens) {
  Vocabulary vocabulary;
  vocabulary.reserve(tokens.size(), tokens.size() * 8);
  for (std::size_t id = 0; id < tokens.size(); ++id)
    vocabulary.add(tokens[id], static_cast<std::int64_t>(id));
  return vocabulary;
}

}  // namespace orrery::tokenizers
