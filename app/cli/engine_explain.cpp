#include <algorithm>
#include <numeric>

#include "app/cli/engine_generate.h"
#include "app/cli/engine_prompt.h"
#include "core/generation/explain.h"
#include "core/generation/generate.h"

namespace orrery::engine {
namespace {

using generation::ExplainedStage;
using generation::TokenId;
using protocol::ExplainStepParams;
using protocol::ExplainStepResult;

std::vector<float> scoresAfter(TurnTakingSessions sessions, std::span<const TokenId> ids,
                               const CancelToken& cancel) {
  const auto session = sessions.newSession({});
  session->prefill(0, ids, cancel);
  const auto logits = session->logits(0);
  return {logits.begin(), logits.end()};
}

/// The scores of the last explained prompt if it is this one, else computed. Of prompts with
/// pictures none are kept: their tokens do not tell which pictures they are.
EngineModel::LastStep stepAfter(EngineModel& model, const PicturePrompt& prompt, bool guided,
                                const CancelToken& cancel) {
  const std::vector<TokenId>& ids = prompt.ids;
  EngineModel::LastStep step;
  if (!prompt.sessions) {
    std::lock_guard lock(model.lastStepMutex);
    if (model.lastStep.ids == ids) step = model.lastStep;
  }
  if (step.ids != ids)
    step = {.ids = ids, .logits = scoresAfter(sessionsFor(model, prompt, cancel), ids, cancel)};
  if (guided && step.unconditional.empty())
    step.unconditional = scoresAfter(model.sessions(cancel), std::span(ids).last(1), cancel);
  if (prompt.sessions) return step;
  std::lock_guard lock(model.lastStepMutex);
  return model.lastStep = step;
}

/// The field that took `id` out, or nothing.
std::string removedBy(const std::vector<ExplainedStage>& stages, std::size_t id) {
  for (const ExplainedStage& stage : stages)
    if (!(stage.logprobs[id] > -std::numeric_limits<float>::infinity())) return stage.name;
  return {};
}

std::vector<std::size_t> likeliest(const std::vector<float>& logprobs, int count) {
  std::vector<std::size_t> order(logprobs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto kept = std::min(order.size(), static_cast<std::size_t>(std::max(count, 0)));
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(kept),
                            [&](std::size_t a, std::size_t b) {
                              return logprobs[a] != logprobs[b] ? logprobs[a] > logprobs[b] : a < b;
                            });
  order.resize(kept);
  return order;
}

}  // namespace

ExplainStepResult explainStep(EngineModel& model, const ExplainStepParams& params,
                              const CancelToken& cancel) {
  generation::GenerationConfig config = model.config;
  config.merge(params.generation, "explainStep.generation");
  config.validate();
  ExplainStepResult result;
  const PicturePrompt prompt =
      withContext("explainStep", [&] { return takeIn(model, params.prompt, cancel); });
  result.promptIds = prompt.ids;
  if (model.loaded->sessions().isEncoderDecoder() || result.promptIds.empty())
    throw Error(ErrorKind::kUnsupported,
                "explainStep: expected a decoder-only model and a prompt of at least one token");
  const int length = static_cast<int>(result.promptIds.size());
  // Refuses a prompt that leaves no room for a token, so it comes before that is computed.
  const int maxLength = generation::greatestLength(config, length, model.info.contextLength);
  const bool guided = config.guidanceScale.value_or(1) != 1;
  const auto step = stepAfter(model, prompt, guided, cancel);
  const auto stages = generation::explainStep(config,
                                              {.vocabSize = static_cast<int>(step.logits.size()),
                                               .promptLength = length,
                                               .maxLength = maxLength,
                                               .inputIds = result.promptIds},
                                              result.promptIds, step.logits,
                                              guided ? step.unconditional : std::vector<float>{});
  for (const ExplainedStage& stage : stages)
    result.stages.push_back({stage.name, stage.entropy, stage.remaining});
  const auto& raw = stages.front();
  const auto& processed = stages.back();
  result.rawEntropy = raw.entropy;
  result.entropy = processed.entropy;
  result.kept = processed.remaining;
  for (const std::size_t id : likeliest(raw.logprobs, params.top))
    result.candidates.push_back({static_cast<int>(id), model.text->textOf(static_cast<int>(id)),
                                 raw.logprobs[id], processed.logprobs[id], removedBy(stages, id)});
  return result;
}

}  // namespace orrery::engine
