#pragma once

#include <QString>
#include <QStringList>
#include <vector>

#include "core/base/json.h"

namespace orrery::ui {

/// What a word could have been.
struct OtherWord {
  QString text;
  double probability = 0;
  bool operator==(const OtherWord&) const = default;
};

struct HeardWord {
  QString text;       ///< as it stands in the text, with the space in front of it if there is one
  double start = -1;  ///< seconds; below 0 where it is not known
  double end = -1;
  double probability = 1;  ///< 1 for what a person wrote
  std::vector<OtherWord> others;

  bool operator==(const HeardWord&) const = default;
};

/// What is said between two times.
struct HeardSegment {
  double start = 0;  ///< seconds
  double end = 0;
  std::vector<HeardWord> words;

  QString text() const;
  /// Whether a word is less likely than `limit`.
  bool isDoubtful(double limit) const;
  bool operator==(const HeardSegment&) const = default;
};

/// A recording in words. A plain value.
struct Transcript {
  QString language;  ///< empty where nobody told
  std::vector<HeardSegment> segments;
  HeardSegment draft;  ///< what is being recognised and may change; no words: nothing

  bool operator==(const Transcript&) const = default;
};

/// Takes what a notification `pipeline/partial` tells. Throws an Error that names the field.
void takePartial(Transcript& transcript, const Json& partial);

/// Takes the end of automatic-speech-recognition: what came before stays, with its probabilities;
/// if nothing did, the result's chunks become segments. `seconds` is the length of the recording,
/// for a result without times.
void takeResult(Transcript& transcript, const Json& result, double seconds);

/// Gives a segment another text. Words at both ends that stay the same keep what is known of them;
/// the others share the time between.
void rewrite(HeardSegment& segment, const QString& text);

/// A transcript as it is kept, and as JSON for others.
Json toJson(const Transcript& transcript);
Transcript transcriptFromJson(const Json& json);

}  // namespace orrery::ui
