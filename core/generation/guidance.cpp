#include "core/generation/guidance.h"

#include "core/generation/numerics.h"

namespace orrery::generation {

Guidance::Guidance(double scale, std::unique_ptr<DecodingSession> session,
                   std::span<const TokenId> unconditionalIds, const CancelToken& cancel)
    : scale_(static_cast<float>(scale)), session_(std::move(session)) {
  session_->prefill(0, unconditionalIds, cancel);
}

void Guidance::apply(int row, std::span<float> scores) const {
  applyGuidance(scale_, session_->logits(row), scores);
}

void Guidance::reorder(std::span<const int> order) {
  session_->reorder(order);
}

void Guidance::step(std::span<const TokenId> ids) {
  session_->step(ids);
}

void applyGuidance(double scale, std::span<const float> unconditional, std::span<float> scores) {
  logSoftmax(scores);
  std::vector<float> other(unconditional.begin(), unconditional.end());
  logSoftmax(other);
  const auto factor = static_cast<float>(scale);
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = factor * (scores[i] - other[i]) + other[i];
}

}  // namespace orrery::generation
