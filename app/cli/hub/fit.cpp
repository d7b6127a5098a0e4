#include "app/cli/hub/fit.h"

#include <algorithm>

#include "app/cli/engine_memory.h"
#include "core/protocol/hub.h"

namespace orrery::cli {
namespace {

constexpr std::int64_t kUsualContext = 4096;
constexpr std::int64_t kLongest = 1 << 20;  // of a model whose config does not limit it

Fit fitOf(const models::ModelShape& shape, const engine::WeightMemory& weights,
          std::int64_t availableBytes) {
  const std::int64_t limit = shape.maxPositions > 0 ? shape.maxPositions : kLongest;
  const auto bytesAt = [&](std::int64_t context) {
    return engine::estimateMemory(shape, weights, context, availableBytes).totalBytes;
  };
  Fit fit{.contextTokens = std::min(limit, kUsualContext), .availableBytes = availableBytes};
  fit.totalBytes = bytesAt(fit.contextTokens);
  std::int64_t longest = 0, tooLong = limit + 1;  // the need grows with the length
  while (tooLong - longest > 1) {
    const std::int64_t middle = longest + (tooLong - longest) / 2;
    (bytesAt(middle) <= availableBytes ? longest : tooLong) = middle;
  }
  fit.longestContext = longest;
  fit.kind =
      protocol::fitKind(static_cast<double>(fit.totalBytes), static_cast<double>(availableBytes));
  return fit;
}

models::ModelShape shapeOf(const protocol::InspectResult& model) {
  return models::examineConfig(model.config, "config.json").shape;
}

/// The weights that an estimate was made for: what it reckons beside them does not depend on them.
engine::WeightMemory weightsOf(const models::ModelShape& shape,
                               const protocol::MemoryEstimate& estimate) {
  const auto without = engine::estimateMemory(shape, {}, estimate.contextTokens, 0);
  return {estimate.weightBytes, estimate.workBytes - without.workBytes};
}

}  // namespace

Fit judgeFit(const protocol::InspectResult& model) {
  return fitOf(shapeOf(model), engine::weightMemory(model.tensors), model.availableBytes);
}

std::vector<PrecisionFit> judgePrecisions(const protocol::InspectResult& model) {
  const auto shape = shapeOf(model);
  std::vector<PrecisionFit> fits;
  for (const auto& row : model.memoryByPrecision)
    fits.push_back(
        {row.dtype, fitOf(shape, weightsOf(shape, row.contexts.front()), model.availableBytes)});
  return fits;
}

Json PrecisionFit::toJson() const {
  Json document = fit.toJson();
  document["dtype"] = dtype;
  return document;
}

Json Fit::toJson() const {
  return {{"kind", kind},
          {"total_bytes", totalBytes},
          {"context_tokens", contextTokens},
          {"longest_context", longestContext},
          {"available_bytes", availableBytes}};
}

}  // namespace orrery::cli
