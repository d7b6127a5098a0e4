#pragma once

#include <vector>

#include "ui/speech/transcript.h"

namespace orrery::ui {

/// How a word of one transcript stands to the other.
enum class WordMatch { kSame, kReplaced, kOnlyHere };

/// A transcript beside the words of another one, segment by segment.
struct WordAlignment {
  /// The other's words that belong to a segment, in their order.
  struct Row {
    std::vector<WordMatch> own;  ///< of each word of the segment
    std::vector<HeardWord> other;
    std::vector<WordMatch> otherMatches;

    bool operator==(const Row&) const = default;
  };

  std::vector<Row> rows;  ///< one a segment
  int words = 0;          ///< that were compared, of the first transcript
  int replaced = 0;
  int inserted = 0;  ///< only in the other
  int deleted = 0;   ///< only in the first

  int differences() const { return replaced + inserted + deleted; }
  /// The word error rate of the other if the first is right; 0 without words.
  double distance() const { return words > 0 ? 1.0 * differences() / words : 0; }
};

/// The cheapest way from one transcript to the other, by words without case and punctuation. Words
/// of `first` behind `until` (seconds) are not compared: the other has not come so far.
WordAlignment alignWords(const Transcript& first, const Transcript& other, double until);

}  // namespace orrery::ui
