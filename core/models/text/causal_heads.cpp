#include "core/models/text/causal_heads.h"

#include <ATen/core/grad_mode.h>

#include "core/base/error.h"

namespace orrery::models::text {

using Bias = nn::Linear::Bias;

CausalHead causalHead(std::string_view className) {
  if (className.ends_with("ForCausalLM") || className.ends_with("LMHeadModel"))
    return CausalHead::kLanguageModel;
  if (className.ends_with("ForSequenceClassification")) return CausalHead::kSequenceClassification;
  if (className.ends_with("ForTokenClassification")) return CausalHead::kTokenClassification;
  if (className.ends_with("ForQuestionAnswering")) return CausalHead::kQuestionAnswering;
  if (className.ends_with("Model")) return CausalHead::kNone;
  throw Error(
      ErrorKind::kUnsupported,
      "class {} is not supported: expected …Model, …ForCausalLM, …ForSequenceClassification, "
      "…ForTokenClassification or …ForQuestionAnswering",
      quoted(className));
}

CausalModel::CausalModel(std::unique_ptr<CausalCore> core, CausalHead head,
                         const CausalHeadConfig& config, const nn::Weights& weights,
                         const std::string& tokenScoreName)
    : core_(std::move(core)), head_(head), config_(config) {
  if (head == CausalHead::kSequenceClassification)
    score_ = nn::Linear(weights / "score", config.hidden, config.labels, Bias::kNone);
  if (head == CausalHead::kTokenClassification)
    score_ = nn::Linear(weights / tokenScoreName, config.hidden, config.labels, Bias::kRequired);
  if (head == CausalHead::kQuestionAnswering)
    score_ = nn::Linear(weights / "qa_outputs", config.hidden, 2, Bias::kRequired);
}

TensorMap CausalModel::forward(const TensorMap& inputs, const nn::Observer* observer) const {
  const at::NoGradGuard noGrad;
  checkInputs(inputs, {"input_ids", "attention_mask", "position_ids", "token_type_ids"});
  const at::Tensor ids = requireInput(inputs, "input_ids").to(at::kLong);
  nn::Step step;
  step.attentionMask = inputIf(inputs, "attention_mask");
  step.positions = inputIf(inputs, "position_ids");
  if (!step.positions.defined()) step.positions = core_->positions(ids, step.attentionMask);
  step.observer = observer;
  const at::Tensor hidden = core_->hidden(core_->embed(ids), step);
  switch (head_) {
    case CausalHead::kNone:
      return {{"last_hidden_state", hidden}};
    case CausalHead::kLanguageModel:
      return {{"logits", core_->head(hidden.flatten(0, 1)).unflatten(0, ids.sizes())}};
    case CausalHead::kSequenceClassification:
      return {{"logits", lastTokenScores(score_(hidden), ids)}};
    case CausalHead::kTokenClassification:
      return {{"logits", score_(hidden)}};
    case CausalHead::kQuestionAnswering: {
      const auto parts = score_(hidden).split(1, -1);
      return {{"start_logits", parts[0].squeeze(-1).contiguous()},
              {"end_logits", parts[1].squeeze(-1).contiguous()}};
    }
  }
  throw Error(ErrorKind::kInternal, "unknown head");
}

at::Tensor CausalModel::lastTokenScores(const at::Tensor& scores, const at::Tensor& ids) const {
  const std::int64_t batch = ids.size(0), time = ids.size(1);
  at::Tensor last = at::full({batch}, time - 1, at::kLong);
  if (config_.padToken) {
    const at::Tensor places = at::arange(time, at::kLong) * ids.ne(*config_.padToken);
    last = places.argmax(-1);
  } else if (batch > 1) {
    throw Error(ErrorKind::kInvalidInput,
                "a batch of {} needs a pad_token_id in config.json to find the last tokens", batch);
  }
  return scores.index({at::arange(batch, at::kLong), last});
}

std::unique_ptr<generation::SessionFactory> CausalModel::sessionFactory() const {
  return head_ == CausalHead::kLanguageModel ? causalSessions(*core_) : nullptr;
}

}  // namespace orrery::models::text
