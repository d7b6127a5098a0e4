#include "core/pipelines/class_scores.h"

namespace orrery::pipelines {

ScoreFunction defaultFunction(const JsonField& config, std::int64_t labels) {
  const auto problem = config.get<std::string>("problem_type", "");
  if (problem == "regression") return ScoreFunction::kNone;
  if (problem == "multi_label_classification" || labels == 1) return ScoreFunction::kSigmoid;
  return ScoreFunction::kSoftmax;
}

at::Tensor applyFunction(ScoreFunction function, const at::Tensor& logits) {
  switch (function) {
    case ScoreFunction::kSigmoid:
      return logits.sigmoid();
    case ScoreFunction::kSoftmax:
      return logits.softmax(-1);
    case ScoreFunction::kNone:
      return logits;
  }
  throw Error(ErrorKind::kInternal, "unknown function");
}

}  // namespace orrery::pipelines
