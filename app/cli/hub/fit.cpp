#include "app/cli/hub/fit.h"

#include <algorithm>

#include "app/cli/engine_memory.h"
#include "core/protocol/hub.h"

namespace orrery::cli {
namespace {

constexpr std::int64_t kUsualContext = 4096;
constexpr std::int64_t kLongest = 1 << 20;  // of a model whose config does not limit it

}  // namespace

Fit judgeFit(const protocol::InspectResult& model) {
  const auto shape = models::examineConfig(model.config, "config.json").shape;
  const auto weights = engine::weightMemory(model.tensors);
  const std::int64_t limit = shape.maxPositions > 0 ? shape.maxPositions : kLongest;
  const auto bytesAt = [&](std::int64_t context) {
    return engine::estimateMemory(shape, weights, context, model.availableBytes).totalBytes;
  };
  Fit fit{.contextTokens = std::min(limit, kUsualContext), .availableBytes = model.availableBytes};
  fit.totalBytes = bytesAt(fit.contextTokens);
  std::int64_t longest = 0, tooLong = limit + 1;  // the need grows with the length
  while (tooLong - longest > 1) {
    const std::int64_t middle = longest + (tooLong - longest) / 2;
    (bytesAt(middle) <= model.availableBytes ? longest : tooLong) = middle;
  }
  fit.longestContext = longest;
  fit.kind = protocol::fitKind(static_cast<double>(fit.totalBytes),
                               static_cast<double>(model.availableBytes));
  return fit;
}

Json Fit::toJson() const {
  return {{"kind", kind},
          {"total_bytes", totalBytes},
          {"context_tokens", contextTokens},
          {"longest_context", longestContext},
          {"available_bytes", availableBytes}};
}

}  // namespace orrery::cli
