#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orrery::tokenizers {

using TokenId = std::int32_t;

/// A half-open range of characters (code points) of the text a token came from.
struct Offsets {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  std::uint32_t length() const { return end - begin; }
  bool operator==(const Offsets&) const = default;
};

enum class Side { kLeft, kRight };
enum class TruncationStrategy { kLongestFirst, kOnlyFirst, kOnlySecond };

/// How a text that is too long is cut. `maxLength` counts the special tokens that will be added.
struct Truncation {
  std::uint32_t maxLength = 512;
  std::uint32_t stride = 0;  ///< tokens that neighbouring pieces share; less than what fits in one
  TruncationStrategy strategy = TruncationStrategy::kLongestFirst;
  Side side = Side::kRight;
};

/// How a text that is too short is filled up.
struct Padding {
  std::optional<std::uint32_t> length;  ///< nothing: to the longest of the batch
  std::uint32_t multipleOf = 0;         ///< round the length up to a multiple; 0: no
  Side side = Side::kRight;
  TokenId id = 0;
  std::int32_t typeId = 0;
  std::string token = "[PAD]";
};

/// A text as tokens: parallel lists, one element a token.
struct Encoding {
  std::vector<TokenId> ids;
  std::vector<std::string> tokens;  ///< as the vocabulary spells them
  std::vector<Offsets> offsets;     ///< {0, 0} for tokens that were added
  std::vector<std::int32_t> typeIds;
  std::vector<std::int32_t> attentionMask;      ///< 0 for padding, else 1
  std::vector<std::int32_t> specialTokensMask;  ///< 1 for tokens that were added
  std::vector<std::int32_t> words;        ///< number of the word, -1 for tokens that were added
  std::vector<std::int32_t> sequenceIds;  ///< 0 first text, 1 second, -1 for tokens that were added
  std::vector<Encoding> overflowing;      ///< what truncation cut off, each as long as allowed

  std::size_t size() const { return ids.size(); }

  /// Appends `other`; each overflowing piece of one is combined with the other.
  void append(const Encoding& other);
  /// Keeps `maxLength` tokens, the rest becomes `overflowing`.
  void truncate(std::uint32_t maxLength, std::uint32_t stride, Side side);
  /// Fills up to `length`, the overflowing pieces too.
  void pad(std::uint32_t length, const Padding& padding);
};

/// Cuts one or two texts (`second` may be null) so that together they have at most
/// `truncation.maxLength` tokens. An Error if the strategy cannot do that.
void truncateEncodings(Encoding& first, Encoding* second, const Truncation& truncation);

/// Fills all of `batch` up to one length.
void padEncodings(std::vector<Encoding>& batch, const Padding& padding);

}  // namespace orrery::tokenizers
