// Byte pair encoding: a word starts as characters, and the pair of neighbours that comes first in
// the list of merges becomes one, until no pair is in the list.

#include <algorithm>
#include <bit>
#include <mutex>
#include <queue>
#include <unordered_map>

#include "core/base/utf8.h"
#include "core/tokenizers/models/model.h"

namespace orrery::tokenizers {
namespace {

struct Merge {
  std::uint32_t rank;
  TokenId result;
};

/// From a pair of ids to its merge: an open hash table.
class MergeTable {
 public:
  explicit MergeTable(std::size_t count) : entries_(std::bit_ceil(count * 2 + 2)) {}

  void add(TokenId left, TokenId right, Merge merge) {
    slot(keyOf(left, right)) = {keyOf(left, right), merge};
  }

  const Merge* find(TokenId left, TokenId right) const {
    const Entry& entry = const_cast<MergeTable*>(this)->slot(keyOf(left, right));
    return entry.key == kNone ? nullptr : &entry.merge;
  }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  struct Entry {
    std::uint64_t key = kNone;
    Merge merge{};
  };

  static std::uint64_t keyOf(TokenId left, TokenId right) {
    return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
  }

  Entry& slot(std::uint64_t key) {
    const std::size_t mask = entries_.size() - 1;
    std::size_t at = (key * 0x9E37'79B9'7F4A'7C15u >> 20) & mask;
    while (entries_[at].key != kNone && entries_[at].key != key) at = (at + 1) & mask;
    return entries_[at];
  }

  std::vector<Entry> entries_;
};

/// A piece of the word that is being merged; a linked list in an array.
struct Symbol {
  TokenId id;
  std::uint32_t size;  ///< bytes; 0 once merged into the one before
  int previous;
  int next;
};

struct Candidate {
  std::uint32_t rank;
  int position;
  TokenId result;

  /// The best is the largest: lowest rank, then leftmost.
  bool operator<(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : position > other.position;
  }
};

class Bpe final : public Model {
 public:
  Bpe(Vocabulary vocabulary, const Merges& merges, BpeOptions options);

  std::vector<Token> tokenize(std::string_view word) const override;
  std::optional<TokenId> idOf(std::string_view token) const override {
    return vocabulary_.find(token);
  }
  std::optional<std::string_view> tokenOf(TokenId id) const override {
    return vocabulary_.token(id);
  }
  std::size_t size() const override { return vocabulary_.size(); }
  std::string_view continuingPrefix() const override { return options_.continuingPrefix; }
  bool keepsSpaces() const override { return true; }

 private:
  using Word = std::vector<std::pair<TokenId, std::uint32_t>>;  // ids and sizes

  static constexpr std::size_t kCachedWords = 20'000;
  static constexpr std::size_t kCachedBytes = 256;  // of a word

  Word merged(std::string_view word) const;
  std::vector<Symbol> symbols(std::string_view word) const;
  bool fallBackToBytes(std::string_view text, std::vector<Symbol>& symbols) const;
  void mergeAll(std::vector<Symbol>& symbols) const;
  TokenId unknownId() const;

  Vocabulary vocabulary_;
  MergeTable merges_;
  BpeOptions options_;
  mutable std::mutex mutex_;  // guards cache_
  mutable std::unordered_map<std::string, Word> cache_;
};

void push(std::vector<Symbol>& symbols, TokenId id, std::size_t size) {
  const int index = static_cast<int>(symbols.size());
  if (index > 0) symbols.back().next = index;
  symbols.push_back({id, static_cast<std::uint32_t>(size), index - 1, -1});
}

Bpe::Bpe(Vocabulary vocabulary, const Merges& merges, BpeOptions options)
    : vocabulary_(std::move(vocabulary)), merges_(merges.size()), options_(std::move(options)) {
  const auto require = [&](std::size_t rank, std::string_view token) {
    const auto id = vocabulary_.find(token);
    if (!id)
      throw Error(ErrorKind::kInvalidInput, "merges[{}]: token {} is not in the vocabulary", rank,
                  orrery::quoted(token));
    return *id;
  };
  std::string joined;
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    const TokenId leftId = require(rank, left), rightId = require(rank, right);
    if (right.size() < options_.continuingPrefix.size())
      throw Error(ErrorKind::kInvalidInput, "merges[{}]: {} is shorter than the prefix {}", rank,
                  orrery::quoted(right), orrery::quoted(options_.continuingPrefix));
    joined.assign(left).append(right, options_.continuingPrefix.size());
    merges_.add(leftId, rightId, {static_cast<std::uint32_t>(rank), require(rank, joined)});
  }
}

TokenId Bpe::unknownId() const {
  if (const auto id = vocabulary_.find(options_.unknownToken)) return *id;
  throw Error(ErrorKind::kInvalidInput, "model.unk_token: {} is not in the vocabulary",
              orrery::quoted(options_.unknownToken));
}

bool Bpe::fallBackToBytes(std::string_view text, std::vector<Symbol>& symbols) const {
  std::vector<TokenId> ids;
  for (const char byte : text) {
    const auto id = vocabulary_.find(byteToken(static_cast<unsigned char>(byte)));
    if (!id) return false;
    ids.push_back(*id);
  }
  for (const TokenId id : ids) push(symbols, id, 1);
  return true;
}

std::vector<Symbol> Bpe::symbols(std::string_view word) const {
  std::vector<Symbol> result;
  result.reserve(word.size());
  std::size_t unknown = 0;  // bytes of unknown characters that are not pushed yet
  const auto flush = [&] {
    if (unknown > 0) push(result, unknownId(), unknown);
    unknown = 0;
  };
  std::string text;
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t begin = at;
    utf8::next(word, at);
    text.assign(begin > 0 ? options_.continuingPrefix : "").append(word, begin, at - begin);
    if (at == word.size()) text += options_.wordSuffix;
    if (const auto id = vocabulary_.find(text)) {
      flush();
      push(result, *id, at - begin);
    } else if (options_.byteFallback && fallBackToBytes(text, result)) {
      continue;
    } else if (!options_.unknownToken.empty()) {
      if (!options_.fusesUnknown) flush();
      unknown += at - begin;
    }
  }
  flush();
  return result;
}

void Bpe::mergeAll(std::vector<Symbol>& symbols) const {
  std::vector<Candidate> heap;
  heap.reserve(symbols.size());
  const auto consider = [&](int left, int right) {
    const Merge* merge = merges_.find(symbols[static_cast<std::size_t>(left)].id,
                                      symbols[static_cast<std::size_t>(right)].id);
    if (merge) heap.push_back({merge->rank, left, merge->result});
    return merge != nullptr;
  };
  for (int i = 0; i + 1 < static_cast<int>(symbols.size()); ++i) consider(i, i + 1);
  std::make_heap(heap.begin(), heap.end());
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end());
    const Candidate best = heap.back();
    heap.pop_back();
    Symbol& left = symbols[static_cast<std::size_t>(best.position)];
    if (left.size == 0 || left.next < 0) continue;
    Symbol& right = symbols[static_cast<std::size_t>(left.next)];
    const Merge* merge = merges_.find(left.id, right.id);
    if (!merge || merge->result != best.result) continue;  // one of the two has changed since
    left.id = best.result;
    left.size += right.size;
    left.next = right.next;
    right.size = 0;
    if (left.next >= 0) symbols[static_cast<std::size_t>(left.next)].previous = best.position;
    if (left.previous >= 0 && consider(left.previous, best.position))
      std::push_heap(heap.begin(), heap.end());
    if (left.next >= 0 && consider(best.position, left.next))
      std::push_heap(heap.begin(), heap.end());
  }
}

Bpe::Word Bpe::merged(std::string_view word) const {
  std::vector<Symbol> pieces = symbols(word);
  mergeAll(pieces);
  Word result;
  for (const Symbol& piece : pieces)
    if (piece.size > 0) result.emplace_back(piece.id, piece.size);
  return result;
}

std::vector<Token> Bpe::tokenize(std::string_view word) const {
  std::vector<Token> tokens;
  if (options_.ignoresMerges)
    if (const auto id = vocabulary_.find(word))
      return {{*id, std::string(word), {0, static_cast<std::uint32_t>(word.size())}}};
  const auto take = [&](const Word& pieces) {
    std::uint32_t begin = 0;
    tokens.reserve(pieces.size());
    for (const auto& [id, size] : pieces) {
      tokens.push_back({id, std::string(*vocabulary_.token(id)), {begin, begin + size}});
      begin += size;
    }
  };
  std::string key(word.size() < kCachedBytes ? word : std::string_view{});
  if (!key.empty()) {
    std::lock_guard lock(mutex_);
    if (const auto found = cache_.find(key); found != cache_.end()) {
      take(found->second);
      return tokens;
    }
  }
  Word pieces = merged(word);
  take(pieces);
  if (!key.empty()) {
    std::lock_guard lock(mutex_);
    if (cache_.size() < kCachedWords) cache_.emplace(std::move(key), std::move(pieces));
  }
  return tokens;
}

}  // namespace

std::string byteToken(unsigned char byte) {
  return fmt::format("<0x{:02X}>", byte);
}

std::unique_ptr<const Model> makeBpe(Vocabulary vocabulary, const Merges& merges,
                                     BpeOptions options) {
  return std::make_unique<Bpe>(std::move(vocabulary), merges, std::move(options));
}

}  // namespace orrery::tokenizers
