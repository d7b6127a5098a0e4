#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/generation/generate.h"
#include "core/models/speech/heard_sound.h"
#include "core/pipelines/whisper/segments.h"

namespace orrery::pipelines {

/// What is written so far of a window, with what the model thinks of each token.
using TokensCallback = std::function<void(std::span<const generation::TokenRecord>)>;

/// How a window is written.
struct WindowTask {
  models::speech::HeardSound& sound;
  std::span<const TokenId> before;   ///< what was said before, or a prompt
  std::span<const TokenId> initial;  ///< initialTokens()
};

/// Writes windows: at the first temperature, and at the next ones while what comes out repeats
/// itself or is too unlikely.
class WindowWriter {
 public:
  /// What a decoder knows and takes.
  struct Decoder {
    std::size_t vocab = 0;
    int positions = 0;
  };

  /// `settings` must outlive it.
  WindowWriter(const WhisperSettings& settings, generation::GenerationConfig config,
               const Decoder& decoder, generation::GenerationOptions options);

  /// Nothing for a window without speech. Tells `told` of each token, if it is there.
  std::optional<WrittenWindow> write(const WindowTask& task, const TokensCallback& told);

  /// Whether the last window was written at so low a temperature that the next one may look at it.
  bool isReliable() const { return reliable_; }
  /// Whether the last window came to its end token.
  bool ended() const { return ended_; }

 private:
  struct Attempt {
    WrittenWindow written;
    double meanLogprob = 0;  ///< of its tokens, the end token too
  };
  Attempt attempt(const WindowTask& task, double temperature, const TokensCallback& told);
  void makeRoom(std::size_t promptLength);
  bool isPoor(const Attempt& attempt) const;
  bool isSilent(const Attempt& attempt, std::optional<double> noSpeech) const;

  const WhisperSettings& settings_;
  generation::GenerationConfig config_;
  Decoder decoder_;
  generation::GenerationOptions options_;
  bool reliable_ = true, ended_ = false;
  std::uint64_t attempts_ = 0;  ///< each draws other samples
};

/// The token that the model would begin with, of those in `among`.
TokenId likeliestFirst(models::speech::HeardSound& sound, TokenId start,
                       std::span<const TokenId> among);

/// How many bytes the ids take for each that they compress to.
double compressionRatio(std::span<const TokenId> ids, std::size_t vocab);

}  // namespace orrery::pipelines
