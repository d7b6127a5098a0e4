// The character map of a sentencepiece model: a double-array trie (as Darts makes it) from what is
// replaced to the place of its replacement in a list of texts that end in zero.

#include <cstring>
#include <optional>

#include "core/base/utf8.h"
#include "core/tokenizers/steps/normalizer.h"
#include "core/tokenizers/text/unicode.h"

namespace orrery::tokenizers {
namespace {

constexpr std::size_t kLongestGrapheme =
    5;  // bytes; longer ones are looked up character by character

/// One unit of the trie.
struct Unit {
  std::uint32_t bits;

  bool hasLeaf() const { return (bits >> 8 & 1) == 1; }
  std::uint32_t value() const { return bits & 0x7FFF'FFFF; }
  std::uint32_t label() const { return bits & 0x8000'00FF; }
  std::uint32_t offset() const { return (bits >> 10) << ((bits & 0x200) >> 6); }
};

class CharsMap final : public Normalizer {
 public:
  CharsMap(std::vector<Unit> trie, std::string texts)
      : trie_(std::move(trie)), texts_(std::move(texts)) {}

  void apply(NormalizedText& text) const override {
    std::vector<ChangedChar> chars;
    chars.reserve(text.text().size());
    bool changed = false;
    for (const std::string_view grapheme : unicode::graphemes(text.text())) {
      if (grapheme.size() <= kLongestGrapheme && replace(grapheme, chars)) {
        changed = true;
        continue;
      }
      for (std::size_t at = 0; at < grapheme.size();) {
        const std::size_t begin = at;
        const char32_t c = utf8::next(grapheme, at);
        if (replace(grapheme.substr(begin, at - begin), chars))
          changed = true;
        else
          chars.push_back({c, 0});
      }
    }
    if (changed) text.transform(chars);
  }

 private:
  /// What the shortest beginning of `key` in the map is replaced by.
  std::optional<std::string_view> find(std::string_view key) const {
    std::uint32_t node = trie_[0].offset();
    for (const char c : key) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte == 0) return std::nullopt;
      node ^= byte;
      if (node >= trie_.size() || trie_[node].label() != byte) return std::nullopt;
      const bool leaf = trie_[node].hasLeaf();
      node ^= trie_[node].offset();
      if (!leaf) continue;
      if (node >= trie_.size() || trie_[node].value() >= texts_.size()) return std::nullopt;
      return std::string_view(texts_.c_str() + trie_[node].value());
    }
    return std::nullopt;
  }

  bool replace(std::string_view part, std::vector<ChangedChar>& chars) const {
    const auto found = find(part);
    if (!found) return false;
    const std::u32string before = utf8::decode(part), after = utf8::decode(*found);
    const std::size_t begin = chars.size();
    for (const char32_t c : after) chars.push_back({c, 0});
    if (after.size() > before.size()) {
      for (std::size_t i = begin + before.size(); i < chars.size(); ++i) chars[i].change = 1;
    } else if (!chars.empty()) {
      chars.back().change -= static_cast<int>(before.size() - after.size());
    }
    return true;
  }

  std::vector<Unit> trie_;
  std::string texts_;
};

}  // namespace

std::unique_ptr<const Normalizer> makeCharsMap(std::string bytes, const std::string& name) {
  std::uint32_t trieBytes = 0;
  if (bytes.size() >= sizeof trieBytes) std::memcpy(&trieBytes, bytes.data(), sizeof trieBytes);
  if (trieBytes == 0 || trieBytes % sizeof(Unit) != 0 ||
      trieBytes > bytes.size() - sizeof trieBytes)
    throw Error(ErrorKind::kInvalidInput,
                "character map of {} bytes says that its trie has {} bytes", bytes.size(),
                trieBytes)
        .in(name);
  std::vector<Unit> trie(trieBytes / sizeof(Unit));
  std::memcpy(trie.data(), bytes.data() + sizeof trieBytes, trieBytes);
  return std::make_unique<CharsMap>(std::move(trie), bytes.substr(sizeof trieBytes + trieBytes));
}

}  // namespace orrery::tokenizers
