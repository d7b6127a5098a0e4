#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/generation/session.h"

namespace orrery::generation {

/// guidance_scale: scores are moved away from those of a second session that has not seen the
/// prompt, but a negative one, or its last token only. Comes before all processors.
class Guidance {
 public:
  /// `session` is a new one of the same model.
  Guidance(double scale, std::unique_ptr<DecodingSession> session,
           std::span<const TokenId> unconditionalIds, const CancelToken& cancel);

  /// Replaces the raw `scores` of `row`.
  void apply(int row, std::span<float> scores) const;

  /// The rows follow those of the main session.
  void reorder(std::span<const int> order);
  void step(std::span<const TokenId> ids);

 private:
  float scale_;
  std::unique_ptr<DecodingSession> session_;
};

/// scale * (conditional - unconditional) + unconditional, on log-probabilities.
void applyGuidance(double scale, std::span<const float> unconditional, std::span<float> scores);

}  // namespace orrery::generation
