#include "core/tokenizers/added_tokens.h"

#include <algorithm>

#include "core/base/utf8.h"
#include "core/tokenizers/text/unicode.h"

namespace orrery::tokenizers {
namespace {

/// Begin of the last character before `at`.
std::size_t before(std::string_view text, std::size_t at) {
  do --at;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

bool wordBefore(std::string_view text, std::size_t at) {
  if (at == 0) return false;
  std::size_t begin = before(text, at);
  return unicode::isWord(utf8::next(text, begin));
}

bool wordAfter(std::string_view text, std::size_t at) {
  return at < text.size() && unicode::isWord(utf8::next(text, at));
}

std::size_t skipSpacesLeft(std::string_view text, std::size_t at) {
  while (at > 0) {
    const std::size_t begin = before(text, at);
    std::size_t next = begin;
    if (!unicode::isWhitespace(utf8::next(text, next))) break;
    at = begin;
  }
  return at;
}

std::size_t skipSpacesRight(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    std::size_t next = at;
    if (!unicode::isWhitespace(utf8::next(text, next))) break;
    at = next;
  }
  return at;
}

}  // namespace

void AddedTokens::Trie::add(std::string_view text, TokenId id) {
  if (text.empty()) return;
  starts_[static_cast<unsigned char>(text[0])] = true;
  std::uint32_t node = 0;
  for (const char c : text) {
    const auto [next, isNew] = nodes_[node].next.try_emplace(
        static_cast<unsigned char>(c), static_cast<std::uint32_t>(nodes_.size()));
    node = next->second;
    if (isNew) nodes_.emplace_back();
  }
  nodes_[node].id = id;
}

std::optional<std::pair<std::size_t, TokenId>> AddedTokens::Trie::longest(std::string_view text,
                                                                          std::size_t at) const {
  if (!starts_[static_cast<unsigned char>(text[at])]) return std::nullopt;
  std::optional<std::pair<std::size_t, TokenId>> found;
  std::uint32_t node = 0;
  while (at < text.size()) {
    const auto& children = nodes_[node].next;
    const auto next = children.find(static_cast<unsigned char>(text[at]));
    if (next == children.end()) break;
    node = next->second;
    ++at;
    if (nodes_[node].id >= 0) found.emplace(at, nodes_[node].id);
  }
  return found;
}

void AddedTokens::add(const std::vector<AddedToken>& tokens, const Model& model,
                      const Normalizer* normalizer) {
  const auto modelSize = static_cast<TokenId>(model.size());
  TokenId next = modelSize;
  if (!byId_.empty()) next = std::max(modelSize, byId_.rbegin()->first + 1);
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) continue;
    const auto known = ids_.find(token.content);
    if (known != ids_.end() && byId_[known->second] == token) continue;
    const auto inModel = model.idOf(token.content);
    const TokenId id = known != ids_.end() ? known->second : inModel ? *inModel : next++;
    if (token.normalized && normalizer) {
      NormalizedText text(token.content);
      normalizer->apply(text);
      if (text.text() != token.content) normalized_[id] = text.text();
    }
    ids_[token.content] = id;
    if (token.special) special_.insert(token.content);
    byId_[id] = token;
  }
  rebuild();
}

void AddedTokens::rebuild() {
  plain_ = {};
  inNormalized_ = {};
  for (const auto& [id, token] : byId_) {
    const auto changed = normalized_.find(id);
    if (!token.normalized)
      plain_.add(token.content, id);
    else
      inNormalized_.add(changed != normalized_.end() ? changed->second : token.content, id);
  }
}

std::optional<TokenId> AddedTokens::find(std::string_view content) const {
  const auto found = ids_.find(std::string(content));
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string_view> AddedTokens::token(TokenId id) const {
  const auto found = byId_.find(id);
  if (found == byId_.end()) return std::nullopt;
  const auto changed = normalized_.find(id);
  return changed != normalized_.end() ? changed->second : found->second.content;
}

void AddedTokens::cut(const NormalizedText& whole, const Trie& trie,
                      std::vector<ExtractedPart>& parts) const {
  const std::string_view text = whole.text();
  std::size_t done = 0;  // what is before has been put into parts
  const auto push = [&](std::size_t begin, std::size_t end, std::optional<TokenId> id) {
    if (begin == end) return;
    parts.push_back(
        {whole.slice({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}), id});
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto found = trie.longest(text, at);
    if (!found) {
      ++at;
      continue;
    }
    std::size_t begin = at, end = found->first;
    at = end;
    const AddedToken& token = byId_.at(found->second);
    if (token.singleWord && (wordBefore(text, begin) || wordAfter(text, end))) continue;
    if (token.stripsLeft) begin = std::max(skipSpacesLeft(text, begin), done);
    if (token.stripsRight) end = skipSpacesRight(text, end);
    if (done < begin) push(done, begin, std::nullopt);
    push(begin, end, found->second);
    done = end;
  }
  push(done, text.size(), std::nullopt);
}

std::vector<ExtractedPart> AddedTokens::extract(std::string text,
                                                const Normalizer* normalizer) const {
  std::vector<ExtractedPart> first, result;
  cut(NormalizedText(std::move(text)), plain_, first);
  for (ExtractedPart& part : first) {
    if (part.id) {
      result.push_back(std::move(part));
      continue;
    }
    if (normalizer) normalizer->apply(part.text);
    cut(part.text, inNormalized_, result);
  }
  return result;
}

}  // namespace orrery::tokenizers
