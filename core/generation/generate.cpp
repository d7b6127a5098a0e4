#include "core/generation/generate.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "core/base/error.h"

namespace orrery::generation {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What the decoder starts from.
std::vector<TokenId> decoderPrompt(const GenerationInput& input, const GenerationConfig& config,
                                   bool isEncoderDecoder) {
  std::vector<TokenId> ids = input.promptIds;
  if (isEncoderDecoder) {
    const auto start = config.decoderStartTokenId ? config.decoderStartTokenId : config.bosTokenId;
    if (!start)
      throw Error(ErrorKind::kInvalidInput,
                  "expected decoder_start_token_id or bos_token_id for this model, found neither");
    if (ids.empty() || ids[0] != *start) ids.insert(ids.begin(), *start);
  } else if (ids.empty()) {
    if (!config.bosTokenId)
      throw Error(ErrorKind::kInvalidInput, "expected a prompt or bos_token_id, found neither");
    ids.push_back(*config.bosTokenId);
  }
  return ids;
}

void checkIds(std::string_view what, std::span<const TokenId> ids, int vocabSize) {
  for (const TokenId id : ids)
    if (id < 0 || id >= vocabSize)
      throw Error(ErrorKind::kInvalidInput, "expected ids of at least 0 and below {}, found {}",
                  vocabSize, id)
          .in(what);
}

std::unique_ptr<Guidance> makeGuidance(SessionFactory& factory, const GenerationInput& input,
                                       const GenerationConfig& config, const CancelToken& cancel,
                                       std::span<const TokenId> prompt) {
  if (config.guidanceScale.value_or(1) == 1) return nullptr;
  if (factory.isEncoderDecoder())
    throw Error(ErrorKind::kUnsupported,
                "not supported yet for encoder-decoder models: expected 1, found {}",
                *config.guidanceScale)
        .in("guidance_scale");
  const std::span<const TokenId> ids =
      input.negativePromptIds.empty() ? prompt.last(1) : std::span(input.negativePromptIds);
  return std::make_unique<Guidance>(*config.guidanceScale, factory.newSession({}), ids, cancel);
}

}  // namespace

int greatestLength(const GenerationConfig& config, int promptLength, int contextLength) {
  constexpr int kDefaultNewTokens = 20;
  if (contextLength > 0 && promptLength > contextLength)
    throw Error(ErrorKind::kInvalidInput, "expected at most {} tokens, found {}", contextLength,
                promptLength)
        .in("prompt");
  if (config.maxNewTokens)
    return static_cast<int>(std::min<std::int64_t>(
        std::int64_t{promptLength} + *config.maxNewTokens, std::numeric_limits<int>::max()));
  int length = config.maxLength.value_or(promptLength + kDefaultNewTokens);
  if (!config.maxLength && contextLength > 0) length = std::min(length, contextLength);
  if (promptLength >= length)
    throw Error(ErrorKind::kInvalidInput,
                "expected more than the {} tokens of the prompt, found {}", promptLength, length)
        .in(config.maxLength ? "max_length" : "context length");
  return length;
}

GenerationResult generate(SessionFactory& factory, const GenerationInput& input,
                          const GenerationConfig& requested, const GenerationOptions& options) {
  const std::string name(options.strategy.empty() ? strategyFor(requested) : options.strategy);
  const StrategyInfo& strategy = strategies().find(name);
  GenerationConfig config = requested;
  strategy.prepare(config);
  config.validate();

  GenerationResult result;
  const bool isEncoderDecoder = factory.isEncoderDecoder();
  const std::vector<TokenId> prompt = decoderPrompt(input, config, isEncoderDecoder);
  result.promptIds = isEncoderDecoder ? input.encoderIds : prompt;

  const auto start = Clock::now();
  const auto session = factory.newSession(input.encoderIds);
  const int vocabSize = session->vocabSize();
  checkIds("prompt", prompt, vocabSize);
  checkIds("negative prompt", input.negativePromptIds, vocabSize);
  const int promptLength = static_cast<int>(prompt.size());
  const int context = session->contextLength();
  const int maxLength = greatestLength(config, promptLength, context);
  // A row may not outgrow the positions the model has, whatever was asked for.
  const int stopLength =
      context > 0 ? std::min(maxLength, std::max(context, promptLength + 1)) : maxLength;
  const LogitsProcessors processors = makeLogitsProcessors(
      config, {vocabSize, promptLength, maxLength, isEncoderDecoder ? input.encoderIds : prompt,
               options.processors});
  const StoppingCriteria stopping(config, stopLength, options.tokenBytes, start);

  session->prefill(0, prompt, options.cancel);
  const auto guidance = makeGuidance(factory, input, config, options.cancel, prompt);
  result.timings.prefillTokens = promptLength + static_cast<int>(input.encoderIds.size());
  result.timings.prefillSeconds = secondsSince(start);

  const auto decodeStart = Clock::now();
  Decoding decoding{config,         prompt,          maxLength,      *session,
                    guidance.get(), processors,      stopping,       options.seed,
                    options.top,    options.onToken, options.cancel, result};
  strategy.make()->run(decoding);
  result.timings.decodeSeconds = secondsSince(decodeStart);
  return result;
}

}  // namespace orrery::generation
