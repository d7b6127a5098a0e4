#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orrery::tokenizers {

/// A half-open range of bytes.
struct ByteRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const ByteRange&) const = default;
};

/// A character of the text after a change. `change` says what it stands for: 0 replaces one
/// character, +1 is new, -n replaces one character and removes the n after it.
struct ChangedChar {
  char32_t point;
  int change;
};

/// One part of a text cut by a pattern.
struct Part {
  ByteRange range;
  bool matches;
};

/// What becomes of the matches of a pattern at which a text is split.
enum class SplitBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

/// A text that is rewritten step by step, and knows for each of its bytes which bytes of the
/// original it came from. What makes it far longer than the original ends in an Error.
class NormalizedText {
 public:
  NormalizedText() = default;
  explicit NormalizedText(std::string text);

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  /// Where the original of this part begins in the original of the whole.
  std::uint32_t originalBegin() const { return shift_; }

  /// The bytes of the whole's original behind `range` of this text.
  ByteRange toOriginal(ByteRange range) const;

  /// The part of this text in `range`, which must lie on characters.
  NormalizedText slice(ByteRange range) const;

  /// Rewrites the whole text as `chars`; the first `removedFirst` characters are dropped.
  void transform(std::span<const ChangedChar> chars, std::size_t removedFirst = 0);
  /// Puts `content` in the place of the parts that match.
  void replaceMatches(const std::vector<Part>& parts, std::string_view content);
  /// Puts `prefix` in front, unless the text is empty.
  void prepend(std::string_view prefix);

  /// Keeps the characters for which `keep` holds.
  template <class Keep>
  void filter(Keep keep);
  /// Replaces each character by map(character).
  template <class Map>
  void map(Map map);
  /// Drops `left` characters from the beginning and `right` from the end.
  void strip(std::size_t left, std::size_t right);

  /// The parts into which `matches` (which cover this text) and `behavior` divide it.
  std::vector<NormalizedText> split(std::vector<Part> matches, SplitBehavior behavior) const;

 private:
  void transformRange(ByteRange range, std::span<const ChangedChar> chars,
                      std::size_t removedFirst);
  std::optional<ByteRange> rangeOfOriginal() const;
  void checkResult(std::size_t bytes) const;
  template <class Use>
  void forEachChar(Use use) const;

  std::string text_;
  std::vector<ByteRange> alignment_;  ///< for each byte of text_, relative to shift_
  std::uint32_t originalSize_ = 0;
  std::uint32_t shift_ = 0;
};

/// All parts of `text` where `isDelimiter` matches single characters.
template <class IsDelimiter>
std::vector<Part> partsByChar(std::string_view text, IsDelimiter isDelimiter);

}  // namespace orrery::tokenizers

#include "core/tokenizers/text/normalized_text_inl.h"
