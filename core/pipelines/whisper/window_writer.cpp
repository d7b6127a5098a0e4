#include "core/pipelines/whisper/window_writer.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/generation/numerics.h"
#include "core/generation/processors.h"

namespace orrery::pipelines {
namespace {

using generation::TokenEvent;
using generation::TokenRecord;

constexpr double kReliableTemperature = 0.5;

/// The log-probability of a token at temperature 1, from scores divided by `temperature`.
double atTemperatureOne(const TokenEvent& event, double temperature) {
  std::vector<float> scores(event.scores.begin(), event.scores.end());
  for (float& score : scores) score *= static_cast<float>(temperature);
  const auto stats = generation::softmaxStats(scores);
  return stats.logProbability(scores[static_cast<std::size_t>(event.token.id)]);
}

/// Follows the beams' histories: what the best one has written so far.
class Histories {
 public:
  void add(const TokenEvent& event) {
    if (event.step != step_) {
      before_ = std::move(now_);
      now_.clear();
      step_ = event.step;
    }
    const auto row = static_cast<std::size_t>(event.row);
    const auto parent = static_cast<std::size_t>(event.parent);
    if (now_.size() <= row) now_.resize(row + 1);
    now_[row] = parent < before_.size() ? before_[parent] : std::vector<TokenRecord>();
    now_[row].push_back(event.token);
  }
  std::span<const TokenRecord> best() const { return now_.front(); }

 private:
  int step_ = 0;
  std::vector<std::vector<TokenRecord>> before_, now_;
};

/// How likely the model finds it that nobody speaks: what it says behind the start token.
double noSpeechProbability(const WindowTask& task, TokenId noSpeech) {
  std::vector<TokenId> ids(task.before.begin(), task.before.end());
  ids.push_back(task.initial.front());
  const auto session = task.sound.newSession({});
  session->prefill(0, ids, {});
  const auto logits = session->logits(0);
  return generation::softmaxStats(logits).probability(logits[static_cast<std::size_t>(noSpeech)]);
}

}  // namespace

WindowWriter::WindowWriter(const WhisperSettings& settings, generation::GenerationConfig config,
                           const Decoder& decoder, generation::GenerationOptions options)
    : settings_(settings),
      config_(std::move(config)),
      decoder_(decoder),
      options_(std::move(options)) {}

std::optional<WrittenWindow> WindowWriter::write(const WindowTask& task,
                                                 const TokensCallback& told) {
  makeRoom(task.before.size() + task.initial.size());
  std::optional<double> noSpeech;
  if (settings_.noSpeechThreshold && settings_.noTimestampsTokenId)
    noSpeech = noSpeechProbability(task, *settings_.noTimestampsTokenId - 1);
  const std::vector<double> once{0};
  const auto& temperatures = settings_.temperatures.empty() ? once : settings_.temperatures;
  Attempt last;
  for (const double temperature : temperatures) {
    last = attempt(task, temperature, told);
    reliable_ = temperature < kReliableTemperature;
    if (isSilent(last, noSpeech)) return std::nullopt;
    if (!isPoor(last)) break;
  }
  auto& [ids, times, records] = last.written;
  ended_ = !ids.empty() && std::ranges::count(config_.eosTokenId, ids.back()) > 0;
  if (ended_) {
    ids.pop_back();
    records.pop_back();
  }
  return std::move(last.written);
}

void WindowWriter::makeRoom(std::size_t promptLength) {
  const int length = static_cast<int>(promptLength);
  if (config_.maxNewTokens && *config_.maxNewTokens + length > decoder_.positions)
    throw Error(ErrorKind::kInvalidInput,
                "expected at most {} beside the {} tokens that come before, of {} positions, "
                "found {}",
                decoder_.positions - length, length, decoder_.positions, *config_.maxNewTokens)
        .in("max_new_tokens");
  if (config_.maxLength && !config_.maxNewTokens)
    config_.maxLength = std::min(*config_.maxLength + std::min(decoder_.positions / 2 - 1, length),
                                 decoder_.positions);
}

WindowWriter::Attempt WindowWriter::attempt(const WindowTask& task, double temperature,
                                            const TokensCallback& told) {
  generation::GenerationInput input;
  input.promptIds.assign(task.before.begin(), task.before.end());
  input.promptIds.insert(input.promptIds.end(), task.initial.begin(), task.initial.end());
  generation::GenerationConfig config = config_;
  config.doSample = temperature > 0;
  config.temperature = config.doSample ? temperature : 1;
  if (config.doSample) config.numBeams = 1;
  config.decoderStartTokenId = input.promptIds.front();  // nothing is to be put before these
  generation::GenerationOptions options = options_;
  options.seed += attempts_++;
  if (settings_.returnTimestamps && settings_.noTimestampsTokenId)
    options.processors.push_back(generation::makeTimestamps(
        {.noTimestamps = *settings_.noTimestampsTokenId,
         .endOfText =
             config.eosTokenId.empty() ? *settings_.noTimestampsTokenId : config.eosTokenId.front(),
         .latestFirst = settings_.maxInitialTimestampIndex},
        input.promptIds.size()));
  Attempt result;
  double sum = 0;
  Histories histories;
  options.onToken = [&](const TokenEvent& event) {
    if (config.doSample) sum += atTemperatureOne(event, temperature);
    if (!told) return;
    histories.add(event);
    if (event.row == 0) told(histories.best());
  };
  auto found = generation::generate(task.sound, input, config, options).sequences.front();
  if (!config.doSample)
    for (const TokenRecord& token : found.tokens) sum += token.processed.logprob;
  result.meanLogprob = sum / static_cast<double>(std::max<std::size_t>(1, found.ids.size()));
  result.written.ids = std::move(found.ids);
  result.written.records = std::move(found.tokens);
  return result;
}

bool WindowWriter::isPoor(const Attempt& attempt) const {
  if (settings_.compressionRatioThreshold &&
      compressionRatio(attempt.written.ids, decoder_.vocab) > *settings_.compressionRatioThreshold)
    return true;
  return settings_.logprobThreshold && attempt.meanLogprob < *settings_.logprobThreshold;
}

bool WindowWriter::isSilent(const Attempt& attempt, std::optional<double> noSpeech) const {
  return noSpeech && settings_.logprobThreshold &&
         attempt.meanLogprob<*settings_.logprobThreshold&& * noSpeech> *
             settings_.noSpeechThreshold;
}

TokenId likeliestFirst(models::speech::HeardSound& sound, TokenId start,
                       std::span<const TokenId> among) {
  const auto session = sound.newSession({});
  session->prefill(0, {&start, 1}, {});
  const auto logits = session->logits(0);
  const auto score = [&](TokenId id) { return logits[static_cast<std::size_t>(id)]; };
  for (const TokenId id : among)
    if (id < 0 || static_cast<std::size_t>(id) >= logits.size())
      throw Error(ErrorKind::kInvalidInput, "expected tokens below {}, found {}", logits.size(), id)
          .in("lang_to_id");
  return *std::ranges::max_element(among, {}, score);
}

double compressionRatio(std::span<const TokenId> ids, std::size_t vocab) {
  const auto width = static_cast<std::size_t>(std::log2(static_cast<double>(vocab)) / 8) + 1;
  std::vector<Bytef> bytes;
  for (const TokenId id : ids)
    for (std::size_t i = 0; i < width; ++i)
      bytes.push_back(static_cast<Bytef>(static_cast<std::uint32_t>(id) >> (8 * i)));
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::vector<Bytef> packed(size);
  if (compress(packed.data(), &size, bytes.data(), static_cast<uLong>(bytes.size())) != Z_OK)
    throw Error(ErrorKind::kInternal, "zlib cannot compress {} bytes", bytes.size());
  return static_cast<double>(bytes.size()) / static_cast<double>(size);
}

}  // namespace orrery::pipelines
