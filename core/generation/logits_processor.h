#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/generation/generation_config.h"

namespace orrery::generation {

/// Changes the scores of the next token. Stateless between calls, so any row may be processed at
/// any time.
class LogitsProcessor {
 public:
  virtual ~LogitsProcessor() = default;

  /// Name of the field of GenerationConfig that asks for it; shown for each stage.
  virtual std::string_view name() const = 0;

  /// `ids` is the whole row so far, prompt included; `scores` has one entry for each token of the
  /// vocabulary. Minus infinity removes a token.
  virtual void process(std::span<const TokenId> ids, std::span<float> scores) const = 0;
};

using LogitsProcessors = std::vector<std::unique_ptr<LogitsProcessor>>;
using SharedProcessors = std::vector<std::shared_ptr<const LogitsProcessor>>;

/// What processors must know besides the configuration.
struct ProcessorContext {
  int vocabSize = 0;
  int promptLength =
      0;  ///< tokens of the row before generation; of the decoder, if there is an encoder
  int maxLength = 0;              ///< the greatest length of a row, see generationLimits()
  std::vector<TokenId> inputIds;  ///< input of the encoder; the prompt if there is none
  /// What a task asks for beside the configuration: after its constraints, before its filters.
  SharedProcessors further = {};
};

/// The processors that `config` asks for, in the order of transformers' generate(): penalties and
/// constraints first, sampling filters (only with do_sample) next, renormalization last. An id
/// outside of the vocabulary in bad_words_ids or sequence_bias is an Error. guidance_scale is not
/// among them: it needs a second session (guidance.h) and comes before all of them.
LogitsProcessors makeLogitsProcessors(const GenerationConfig& config,
                                      const ProcessorContext& context);

/// Runs all of them in order.
void processLogits(const LogitsProcessors& processors, std::span<const TokenId> ids,
                   std::span<float> scores);

}  // namespace orrery::generation
