#pragma once

#include <ATen/ATen.h>

#include "core/base/json.h"
#include "core/pipelines/options.h"
#include "core/pipelines/result.h"

namespace orrery::pipelines {

/// From a classifier's numbers to scores.
enum class ScoreFunction { kSigmoid, kSoftmax, kNone };
template <>
inline constexpr std::array<std::string_view, 3> kWords<ScoreFunction>{"sigmoid", "softmax",
                                                                       "none"};

/// What a model was trained with: one of several labels, any of them, or a number (the config's
/// problem_type).
ScoreFunction defaultFunction(const JsonField& config, std::int64_t labels);

at::Tensor applyFunction(ScoreFunction function, const at::Tensor& logits);

/// The labels of `scores` [classes], the likeliest first, at most `topK` of them.
template <class NameOf>
std::vector<Classification::Label> bestLabels(const at::Tensor& scores, std::optional<int> topK,
                                              NameOf&& nameOf) {
  const at::Tensor order = scores.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
  const auto count = std::min<std::int64_t>(topK.value_or(INT32_MAX), scores.size(0));
  std::vector<Classification::Label> labels;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto index = order[i].item<std::int64_t>();
    labels.push_back({nameOf(index), scores[index].item<float>()});
  }
  return labels;
}

}  // namespace orrery::pipelines
