#pragma once

#include <span>
#include <vector>

#include "core/generation/token_report.h"
#include "core/pipelines/whisper/settings.h"

namespace orrery::pipelines {

/// What the decoder wrote of one window, without its end token.
struct WrittenWindow {
  std::vector<TokenId> ids;
  std::vector<float> times;                      ///< when each is said; empty if nobody asked
  std::vector<generation::TokenRecord> records;  ///< of each id
};

/// A piece of speech between two times, in seconds from the start of the sound.
struct SpeechSegment {
  double start = 0, end = 0;
  std::vector<TokenId> ids;  ///< with the tokens of its times
  std::vector<float> times;  ///< from the start of the sound; empty if nobody asked
  std::vector<generation::TokenRecord> records;
};

/// Where a window lies.
struct WindowPlace {
  double start = 0;         ///< seconds from the start of the sound
  std::int64_t frames = 0;  ///< of 10 ms, as far as there is sound
};

struct CutWindow {
  std::vector<SpeechSegment> segments;
  std::int64_t advance = 0;  ///< frames to the next window
};

/// Cuts a window where two times stand together. What comes behind the last such place is left to
/// the next window, which begins there, unless the window ends with a time: then silence follows.
CutWindow cutWindow(const WrittenWindow& written, const WindowPlace& place, TokenId firstTime);

}  // namespace orrery::pipelines
