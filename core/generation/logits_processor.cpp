#include "core/generation/logits_processor.h"

#include "core/generation/processors.h"

namespace orrery::generation {
namespace {

void addPenalties(LogitsProcessors& list, const GenerationConfig& config,
                  const ProcessorContext& context) {
  if (!config.sequenceBias.empty())
    list.push_back(makeSequenceBias(config.sequenceBias, context.vocabSize));
  if (config.encoderRepetitionPenalty != 1)
    list.push_back(makeEncoderRepetitionPenalty(config.encoderRepetitionPenalty, context.inputIds));
  if (config.repetitionPenalty != 1)
    list.push_back(makeRepetitionPenalty(config.repetitionPenalty));
  if (config.noRepeatNgramSize > 0) list.push_back(makeNoRepeatNgram(config.noRepeatNgramSize));
  if (config.encoderNoRepeatNgramSize > 0)
    list.push_back(makeEncoderNoRepeatNgram(config.encoderNoRepeatNgramSize, context.inputIds));
  if (!config.badWordsIds.empty())
    list.push_back(makeBadWords(config.badWordsIds, config.eosTokenId, context.vocabSize));
}

void addConstraints(LogitsProcessors& list, const GenerationConfig& config,
                    const ProcessorContext& context) {
  const std::vector<TokenId>& eos = config.eosTokenId;
  const int prompt = context.promptLength;
  const int minNewTokens = config.minNewTokens.value_or(0);
  if (minNewTokens > 0 && !eos.empty())
    list.push_back(makeMinLength("min_new_tokens", prompt + minNewTokens, eos));
  else if (!config.minNewTokens && config.minLength > 0 && !eos.empty())
    list.push_back(makeMinLength("min_length", config.minLength, eos));
  if (config.forcedBosTokenId)
    list.push_back(makeForcedToken("forced_bos_token_id", 1, {*config.forcedBosTokenId}));
  if (!config.forcedEosTokenId.empty())
    list.push_back(
        makeForcedToken("forced_eos_token_id", context.maxLength - 1, config.forcedEosTokenId));
  if (config.removeInvalidValues) list.push_back(makeRemoveInvalidValues());
  if (config.exponentialDecayLengthPenalty)
    list.push_back(makeDecayPenalty(*config.exponentialDecayLengthPenalty, eos, prompt));
  if (!config.suppressTokens.empty()) list.push_back(makeSuppressTokens(config.suppressTokens));
  if (!config.beginSuppressTokens.empty()) {
    // A forced first token moves the beginning behind it.
    const bool forcedStart = prompt <= 1 && config.forcedBosTokenId.has_value();
    list.push_back(
        makeBeginSuppressTokens(config.beginSuppressTokens, prompt + (forcedStart ? 1 : 0)));
  }
}

void addFilters(LogitsProcessors& list, const GenerationConfig& config) {
  // Beams need a continuation even if all end tokens are among the kept.
  const int ends = config.eosTokenId.empty() ? 1 : static_cast<int>(config.eosTokenId.size());
  const int keep = config.numBeams > 1 ? ends + 1 : 1;
  if (config.temperature != 1) list.push_back(makeTemperature(config.temperature));
  if (config.topH) list.push_back(makeTopH(*config.topH));
  if (config.topK != 0) list.push_back(makeTopK(config.topK, keep));
  if (config.topP < 1) list.push_back(makeTopP(config.topP, keep));
  if (config.minP) list.push_back(makeMinP(*config.minP, keep));
  if (config.typicalP < 1) list.push_back(makeTypicalP(config.typicalP, keep));
  if (config.epsilonCutoff > 0) list.push_back(makeEpsilonCutoff(config.epsilonCutoff, keep));
  if (config.etaCutoff > 0) list.push_back(makeEtaCutoff(config.etaCutoff, keep));
}

}  // namespace

LogitsProcessors makeLogitsProcessors(const GenerationConfig& config,
                                      const ProcessorContext& context) {
  LogitsProcessors list;
  addPenalties(list, config, context);
  addConstraints(list, config, context);
  for (const auto& shared : context.further)
    list.push_back(processorOf(shared->name(),
                               [shared](std::span<const TokenId> ids, std::span<float> scores) {
                                 shared->process(ids, scores);
                               }));
  if (config.doSample) addFilters(list, config);
  if (config.renormalizeLogits) list.push_back(makeRenormalize());
  return list;
}

void processLogits(const LogitsProcessors& processors, std::span<const TokenId> ids,
                   std::span<float> scores) {
  for (const auto& processor : processors) processor->process(ids, scores);
}

}  // namespace orrery::generation
