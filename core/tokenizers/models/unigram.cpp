// The unigram model of sentencepiece: of all ways to write a word as tokens, the one with the best
// sum of scores (Viterbi).

#include <algorithm>
#include <limits>
#include <mutex>
#include <unordered_map>

#include "core/base/utf8.h"
#include "core/tokenizers/models/model.h"

namespace orrery::tokenizers {
namespace {

constexpr double kUnknownPenalty = 10.0;  // below the worst score

/// Finds all tokens that a text begins with: the tokens in order, narrowed byte by byte.
class PrefixIndex {
 public:
  explicit PrefixIndex(std::vector<std::pair<std::string_view, TokenId>> tokens)
      : tokens_(std::move(tokens)) {
    std::sort(tokens_.begin(), tokens_.end());
    std::size_t at = 0;
    for (std::size_t byte = 0; byte <= 256; ++byte) {
      while (at < tokens_.size() && (tokens_[at].first.empty() || byteAt(at, 0) < byte)) ++at;
      firstOf_[byte] = at;
    }
  }

  /// Calls use(size, id) for each token that `text` begins with, the shortest first.
  template <class Use>
  void find(std::string_view text, Use use) const {
    if (text.empty()) return;
    const auto first = static_cast<unsigned char>(text[0]);
    std::size_t begin = firstOf_[first], end = firstOf_[first + 1u];
    for (std::size_t size = 1; begin < end; ++size) {
      if (tokens_[begin].first.size() == size) use(size, tokens_[begin++].second);
      if (size == text.size()) return;
      const auto byte = static_cast<unsigned char>(text[size]);
      begin = lowerBound(begin, end, size, byte);
      end = lowerBound(begin, end, size, byte + 1u);
    }
  }

 private:
  unsigned byteAt(std::size_t token, std::size_t at) const {
    return static_cast<unsigned char>(tokens_[token].first[at]);
  }
  std::size_t lowerBound(std::size_t begin, std::size_t end, std::size_t at, unsigned byte) const {
    while (begin < end) {
      const std::size_t middle = begin + (end - begin) / 2;
      if (byteAt(middle, at) < byte)
        begin = middle + 1;
      else
        end = middle;
    }
    return begin;
  }

  std::vector<std::pair<std::string_view, TokenId>> tokens_;
  std::size_t firstOf_[257];
};

/// The best way to reach a place in the word.
struct Node {
  double score = 0;
  std::int64_t begin = -1;  ///< of the last token; -1: not reached
  TokenId id = 0;
};

class Unigram final : public Model {
 public:
  Unigram(ScoredTokens tokens, std::int64_t unknownId, bool byteFallback);

  std::vector<Token> tokenize(std::string_view word) const override;
  std::optional<TokenId> idOf(std::string_view token) const override {
    return vocabulary_.find(token);
  }
  std::optional<std::string_view> tokenOf(TokenId id) const override {
    if (id < 0 || static_cast<std::size_t>(id) >= tokens_.size()) return std::nullopt;
    return tokens_[static_cast<std::size_t>(id)].first;
  }
  std::size_t size() const override { return tokens_.size(); }

 private:
  static constexpr std::size_t kCachedWords = 20'000;
  static constexpr std::size_t kCachedBytes = 256;

  std::vector<ByteRange> split(std::string_view word) const;
  std::vector<Node> bestPath(std::string_view word) const;
  PrefixIndex makeIndex() const;
  TokenId unknownId() const;
  bool fallBackToBytes(std::string_view text, ByteRange range, std::vector<Token>& tokens) const;

  ScoredTokens tokens_;
  Vocabulary vocabulary_;
  std::int64_t unknownId_;
  bool byteFallback_;
  double unknownScore_ = 0;
  PrefixIndex index_;
  mutable std::mutex mutex_;  // guards cache_
  mutable std::unordered_map<std::string, std::vector<ByteRange>> cache_;
};

Vocabulary vocabularyOf(const ScoredTokens& tokens) {
  Vocabulary vocabulary;
  vocabulary.reserve(tokens.size(), tokens.size() * 8);
  for (std::size_t id = 0; id < tokens.size(); ++id)
    vocabulary.add(tokens[id].first, static_cast<std::int64_t>(id));
  return vocabulary;
}

Unigram::Unigram(ScoredTokens tokens, std::int64_t unknownId, bool byteFallback)
    : tokens_(std::move(tokens)),
      vocabulary_(vocabularyOf(tokens_)),
      unknownId_(unknownId),
      byteFallback_(byteFallback),
      index_(makeIndex()) {
  double worst = std::numeric_limits<double>::infinity();
  for (const auto& [text, score] : tokens_) worst = std::min(worst, score);
  unknownScore_ = worst - kUnknownPenalty;
  if (unknownId >= static_cast<std::int64_t>(tokens_.size()))
    throw Error(ErrorKind::kInvalidInput, "unk_id is {}, but the vocabulary has {} tokens",
                unknownId, tokens_.size());
}

PrefixIndex Unigram::makeIndex() const {
  std::vector<std::pair<std::string_view, TokenId>> entries;
  entries.reserve(tokens_.size());
  for (std::size_t id = 0; id < tokens_.size(); ++id)
    if (*vocabulary_.find(tokens_[id].first) == static_cast<TokenId>(id))  // of twins the last
      entries.emplace_back(tokens_[id].first, static_cast<TokenId>(id));
  return PrefixIndex(std::move(entries));
}

TokenId Unigram::unknownId() const {
  if (unknownId_ < 0)
    throw Error(ErrorKind::kInvalidInput,
                "model.unk_id is missing, but the text has an unknown character");
  return static_cast<TokenId>(unknownId_);
}

std::vector<Node> Unigram::bestPath(std::string_view word) const {
  std::vector<Node> ends(word.size() + 1);
  const auto reach = [&](std::size_t begin, std::size_t size, double score, TokenId id) {
    Node& node = ends[begin + size];
    const double total = ends[begin].score + score;
    if (node.begin < 0 || total > node.score) node = {total, static_cast<std::int64_t>(begin), id};
  };
  for (std::size_t begin = 0; begin < word.size();) {
    std::size_t next = begin;
    utf8::next(word, next);
    bool single = false;
    index_.find(word.substr(begin), [&](std::size_t size, TokenId id) {
      reach(begin, size, tokens_[static_cast<std::size_t>(id)].second, id);
      single = single || size == next - begin;
    });
    if (!single) {
      const Node& node = ends[next];
      if (node.begin < 0 || ends[begin].score + unknownScore_ > node.score)
        reach(begin, next - begin, unknownScore_, unknownId());
    }
    begin = next;
  }
  return ends;
}

std::vector<ByteRange> Unigram::split(std::string_view word) const {
  const std::vector<Node> ends = bestPath(word);
  std::vector<ByteRange> pieces;
  bool afterUnknown = false;
  for (std::size_t end = word.size(); end > 0;) {
    const Node& node = ends[end];
    const bool unknown = node.id == unknownId_;
    const auto begin = static_cast<std::uint32_t>(node.begin);
    // Neighbouring unknown characters are one token.
    if (unknown && afterUnknown)
      pieces.back().begin = begin;
    else
      pieces.push_back({begin, static_cast<std::uint32_t>(end)});
    afterUnknown = unknown;
    end = begin;
  }
  std::reverse(pieces.begin(), pieces.end());
  return pieces;
}

bool Unigram::fallBackToBytes(std::string_view text, ByteRange range,
                              std::vector<Token>& tokens) const {
  std::vector<Token> bytes;
  for (const char byte : text) {
    std::string name = byteToken(static_cast<unsigned char>(byte));
    const auto id = vocabulary_.find(name);
    if (!id) return false;
    bytes.push_back({*id, std::move(name), range});
  }
  tokens.insert(tokens.end(), bytes.begin(), bytes.end());
  return true;
}

std::vector<Token> Unigram::tokenize(std::string_view word) const {
  const std::string key(word.size() < kCachedBytes ? word : std::string_view{});
  std::vector<ByteRange> pieces;
  if (!key.empty()) {
    std::lock_guard lock(mutex_);
    if (const auto found = cache_.find(key); found != cache_.end()) pieces = found->second;
  }
  if (pieces.empty()) {
    pieces = split(word);
    std::lock_guard lock(mutex_);
    if (!key.empty() && cache_.size() < kCachedWords) cache_.emplace(key, pieces);
  }
  std::vector<Token> tokens;
  for (const ByteRange& range : pieces) {
    const std::string_view text = word.substr(range.begin, range.end - range.begin);
    const auto id = vocabulary_.find(text);
    if (!id && byteFallback_ && fallBackToBytes(text, range, tokens)) continue;
    tokens.push_back({id ? *id : unknownId(), std::string(text), range});
  }
  return tokens;
}

}  // namespace

std::unique_ptr<const Model> makeUnigram(ScoredTokens tokens, std::int64_t unknownId,
                                         bool byteFallback) {
  return std::make_unique<Unigram>(std::move(tokens), unknownId, byteFallback);
}

}  // namespace orrery::tokenizers
