#pragma once

#include <span>
#include <vector>

#include "core/models/speech/heard_sound.h"
#include "core/pipelines/whisper/settings.h"

namespace orrery::pipelines {

/// Where the attention of some heads is looked up, and how it is smoothed.
struct AlignmentOptions {
  std::vector<WhisperSettings::Head> heads;
  std::int64_t filterWidth = 7;  ///< of the median filter over time; odd
  /// Encoder states that stand for sound, not for padding. Below 0, as transformers has it of a
  /// window behind the end: all but the last so many.
  std::int64_t states = 0;
};

/// When each of `written` is said, in seconds from the window's start: `prompt` came before. As
/// transformers, which knows nothing of the last one's own attention: it has the time before.
std::vector<float> tokenTimes(const models::speech::HeardSound& sound,
                              std::span<const TokenId> prompt, std::span<const TokenId> written,
                              const AlignmentOptions& options);

/// The cheapest way through a matrix [tokens, states] from corner to corner that goes back in
/// neither: the state at which it comes to each token (dynamic time warping).
std::vector<std::int64_t> warpedStarts(const at::Tensor& costs);

}  // namespace orrery::pipelines
