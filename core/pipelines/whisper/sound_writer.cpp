#include "core/pipelines/whisper/sound_writer.h"

#include <algorithm>

#include "core/pipelines/whisper/languages.h"
#include "core/pipelines/whisper/prompt.h"

namespace orrery::pipelines {
namespace {

using models::speech::HeardSound;

constexpr double kSecondsOfFrame = 0.01;
constexpr std::int64_t kFramesOfState = 2;
/// Of each token, told to who listens.
constexpr int kAlternatives = 5;

std::vector<SpeechSegment> shifted(std::vector<SpeechSegment> segments, double seconds) {
  for (SpeechSegment& segment : segments) {
    segment.start += seconds;
    segment.end += seconds;
    for (float& time : segment.times) time += static_cast<float>(seconds);
  }
  return segments;
}

}  // namespace

SoundWriter::SoundWriter(const Listening& how, PartialTranscript& partial,
                         const JobContext& context)
    : how_(how),
      partial_(partial),
      writer_(how.settings, how.config,
              {static_cast<std::size_t>(how.vocab), static_cast<int>(how.positions)},
              {.strategy = {},
               .seed = how.seed,
               .top = partial.isHeard() ? kAlternatives : 0,
               .tokenBytes = how.model.tokenBytes(),
               .onToken = {},
               .cancel = context.cancel}) {}

HeardTokens SoundWriter::write(MelSource& source, double from, ProgressMeter& meter) {
  std::int64_t frame = 0;
  while (auto window = source.at(frame)) {
    const double start = static_cast<double>(frame) * kSecondsOfFrame;
    const auto heard = hear(*window);
    if (initial_.empty()) begin(*heard);
    const CutWindow cut = listen(*heard, *window, start, from);
    // A window that ends where it began would come again for ever.
    frame += cut.advance > 0 ? cut.advance : window->frames;
    const double until = from + static_cast<double>(frame) * kSecondsOfFrame;
    partial_.tellSettled(shifted(cut.segments, from), until);
    keep(cut.segments);
    meter.advanceTo(until);
  }
  return std::move(result_);
}

std::unique_ptr<HeardSound> SoundWriter::hear(const MelWindow& window) const {
  auto sessions =
      how_.model.text().model().sessionFactoryFor({{"input_features", window.features}});
  auto* heard = dynamic_cast<HeardSound*>(sessions.get());
  if (!heard) throw Error(ErrorKind::kInternal, "the model's sessions do not know their sound");
  sessions.release();
  return std::unique_ptr<HeardSound>(heard);
}

void SoundWriter::begin(HeardSound& heard) {
  initial_ = initialTokens(how_.settings, how_.start, [&] {
    std::vector<TokenId> languages;
    for (const auto& [name, token] : how_.settings.langToId) languages.push_back(token);
    return likeliestFirst(heard, how_.start, languages);
  });
  for (const auto& [name, token] : how_.settings.langToId) {
    if (std::ranges::count(initial_, token) == 0) continue;
    result_.language = token;
    if (name.size() > 4)
      partial_.setLanguage(languageName(std::string_view(name).substr(2, name.size() - 4)));
  }
  prompt_ = how_.settings.promptIds;
  if (prompt_.empty() || how_.settings.promptForAllSegments) return;
  // It counts as the first thing that was said.
  const bool marked = prompt_.front() == how_.settings.prevSotTokenId;
  said_.assign(prompt_.begin() + (marked ? 1 : 0), prompt_.end());
  remembers_ = how_.settings.conditionOnPrevTokens;
  saidAnything_ = true;
}

CutWindow SoundWriter::listen(HeardSound& heard, const MelWindow& window, double start,
                              double from) {
  const std::vector<TokenId> before = whatCameBefore();
  TokensCallback told;
  if (partial_.isHeard())
    told = [&](std::span<const generation::TokenRecord> written) {
      partial_.tellDraft(from + start, written);
    };
  auto written = writer_.write({heard, before, initial_}, told);
  remembers_ = how_.settings.conditionOnPrevTokens && writer_.isReliable();
  if (!written) return {{}, window.frames};
  if (how_.wordTimes) alignWords(heard, window, before, *written);
  return cutWindow(*written, {start, window.frames}, how_.firstTime);
}

void SoundWriter::alignWords(const HeardSound& heard, const MelWindow& window,
                             std::vector<TokenId> prompt, WrittenWindow& written) const {
  prompt.insert(prompt.end(), initial_.begin(), initial_.end());
  AlignmentOptions alignment = how_.alignment;
  // Rounded down, also below 0.
  alignment.states = (window.sound - (window.sound < 0 ? kFramesOfState - 1 : 0)) / kFramesOfState;
  // The end token counts among those that are aligned, as the last one.
  std::vector<TokenId> ids = written.ids;
  if (writer_.ended()) ids.push_back(how_.config.eosTokenId.front());
  written.times = tokenTimes(heard, prompt, ids, alignment);
  written.times.resize(written.ids.size());
}

std::vector<TokenId> SoundWriter::whatCameBefore() const {
  if (!remembers_ || !saidAnything_) return prompt_;
  std::vector<TokenId> ids;
  if (!prompt_.empty() && how_.settings.promptForAllSegments)
    ids = prompt_;
  else if (const auto mark = previousMark())
    ids = {*mark};
  const auto most = static_cast<std::size_t>(how_.positions / 2 - 1);
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, said_.size()));
  ids.insert(ids.end(), said_.end() - count, said_.end());
  return ids;
}

/// The token before what was said; older configurations have it among the suppressed ones only.
std::optional<TokenId> SoundWriter::previousMark() const {
  if (how_.settings.prevSotTokenId) return how_.settings.prevSotTokenId;
  const auto& suppressed = how_.config.suppressTokens;
  if (suppressed.size() < 2) return std::nullopt;
  return suppressed[suppressed.size() - 2];
}

void SoundWriter::keep(const std::vector<SpeechSegment>& segments) {
  for (const SpeechSegment& segment : segments) {
    result_.ids.insert(result_.ids.end(), segment.ids.begin(), segment.ids.end());
    result_.times.insert(result_.times.end(), segment.times.begin(), segment.times.end());
    // Of two times that end a segment, the next one begins with the second.
    const std::size_t size = segment.ids.size();
    const bool twoTimes = size > 2 && segment.ids[size - 2] >= how_.firstTime;
    said_.insert(said_.end(), segment.ids.begin(), segment.ids.end() - (twoTimes ? 1 : 0));
    saidAnything_ = true;
  }
  const auto most = static_cast<std::size_t>(how_.positions);
  if (said_.size() > most)
    said_.erase(said_.begin(), said_.end() - static_cast<std::ptrdiff_t>(most));
}

}  // namespace orrery::pipelines
