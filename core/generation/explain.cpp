#include "core/generation/explain.h"

#include <algorithm>
#include <limits>

#include "core/generation/guidance.h"
#include "core/generation/numerics.h"

namespace orrery::generation {
namespace {

ExplainedStage describeStage(std::string_view name, std::span<const float> scores) {
  ExplainedStage stage{std::string(name), {scores.begin(), scores.end()}, 0, 0};
  stage.entropy = static_cast<float>(softmaxStats(scores).entropy);
  logSoftmax(stage.logprobs);
  stage.remaining = static_cast<int>(std::ranges::count_if(
      scores, [](float score) { return score != -std::numeric_limits<float>::infinity(); }));
  return stage;
}

}  // namespace

std::vector<ExplainedStage> explainStep(const GenerationConfig& config,
                                        const ProcessorContext& context,
                                        std::span<const TokenId> ids, std::span<const float> logits,
                                        std::span<const float> unconditional) {
  std::vector<ExplainedStage> stages = {describeStage("model", logits)};
  std::vector<float> scores(logits.begin(), logits.end());
  if (config.guidanceScale.value_or(1) != 1 && !unconditional.empty()) {
    applyGuidance(*config.guidanceScale, unconditional, scores);
    stages.push_back(describeStage("guidance_scale", scores));
  }
  for (const auto& processor : makeLogitsProcessors(config, context)) {
    processor->process(ids, scores);
    stages.push_back(describeStage(processor->name(), scores));
  }
  return stages;
}

}  // namespace orrery::generation
