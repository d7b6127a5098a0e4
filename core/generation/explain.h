#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/generation/logits_processor.h"

namespace orrery::generation {

/// The distribution after one stage of processing.
struct ExplainedStage {
  std::string name;             ///< "model", then the fields in the order of their processors
  std::vector<float> logprobs;  ///< of every token; minus infinity where removed
  float entropy = 0;
  int remaining = 0;  ///< tokens that can still be chosen
};

/// How `config` turns the model's scores of the token after `ids` into the distribution that is
/// drawn from, stage by stage. `unconditional` are the scores without the prompt, for
/// guidance_scale; if they are empty that stage is left out. Throws what makeLogitsProcessors()
/// throws.
std::vector<ExplainedStage> explainStep(const GenerationConfig& config,
                                        const ProcessorContext& context,
                                        std::span<const TokenId> ids, std::span<const float> logits,
                                        std::span<const float> unconditional = {});

}  // namespace orrery::generation
