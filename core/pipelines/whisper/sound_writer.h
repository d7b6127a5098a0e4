#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/pipelines/generating_model.h"
#include "core/pipelines/whisper/alignment.h"
#include "core/pipelines/whisper/mel_source.h"
#include "core/pipelines/whisper/partial.h"
#include "core/pipelines/whisper/transcript.h"
#include "core/pipelines/whisper/window_writer.h"

namespace orrery::pipelines {

/// What does not change between the sounds of one request.
struct Listening {
  const GeneratingModel& model;
  WhisperSettings settings;
  generation::GenerationConfig config;
  AlignmentOptions alignment;
  bool wordTimes = false;
  TokenId start = 0, firstTime = 0;  ///< the token that begins all, and that of time 0
  std::int64_t positions = 0, vocab = 0;
  std::uint64_t seed = 0;
};

/// What one call of transformers' generate() does: writes the windows of one sound, each in the
/// light of those before it. Used once; what it is made of must outlive it.
class SoundWriter {
 public:
  SoundWriter(const Listening& how, PartialTranscript& partial, const JobContext& context);

  /// `from`: seconds before this sound, for who listens.
  HeardTokens write(MelSource& source, double from, ProgressMeter& meter);

 private:
  std::unique_ptr<models::speech::HeardSound> hear(const MelWindow& window) const;
  void begin(models::speech::HeardSound& heard);
  CutWindow listen(models::speech::HeardSound& heard, const MelWindow& window, double start,
                   double from);
  void alignWords(const models::speech::HeardSound& heard, const MelWindow& window,
                  std::vector<TokenId> prompt, WrittenWindow& written) const;
  std::vector<TokenId> whatCameBefore() const;
  std::optional<TokenId> previousMark() const;
  void keep(const std::vector<SpeechSegment>& segments);

  const Listening& how_;
  PartialTranscript& partial_;
  WindowWriter writer_;
  std::vector<TokenId> initial_, prompt_;
  std::vector<TokenId> said_;  ///< the end of what all windows so far say
  bool saidAnything_ = false, remembers_ = false;
  HeardTokens result_;
};

}  // namespace orrery::pipelines
