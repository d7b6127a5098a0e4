#include "core/models/vision/swin.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/models/vision/swin_layer.h"
#include "core/models/vision/vit.h"

namespace orrery::models::vision {
namespace {

/// torch's default, which some norms keep whatever the config says.
constexpr double kPlainEps = 1e-5;

/// Zeros at the right and at the bottom of dimensions `rows` and rows + 1, up to whole steps.
at::Tensor padTo(const at::Tensor& x, Size step, std::int64_t rows) {
  const auto missing = [](std::int64_t size, std::int64_t unit) {
    return (unit - size % unit) % unit;
  };
  const std::int64_t down = missing(x.size(rows), step.height);
  const std::int64_t right = missing(x.size(rows + 1), step.width);
  if (down == 0 && right == 0) return x;
  std::vector<std::int64_t> sides{0, right, 0, down};
  if (rows + 2 < x.dim()) sides.insert(sides.begin(), {0, 0});
  return at::constant_pad_nd(x, sides);
}

}  // namespace

struct SwinStages::Stage {
  Stage(const nn::Weights& w, const SwinConfig& c, std::size_t index)
      : second(c.second), merges(index + 1 < c.depths.size()) {
    for (std::int64_t i = 0; i < c.depths[index]; ++i)
      layers.emplace_back(w / "blocks" / i, c, index, i);
    if (!merges) return;
    const std::int64_t width = c.width(index);
    reduction =
        nn::Linear(w / "downsample.reduction", 4 * width, 2 * width, nn::Linear::Bias::kNone);
    norm = nn::LayerNorm(w / "downsample.norm", (second ? 2 : 4) * width, kPlainEps);
  }

  /// Two by two patches become one: [batch, height, width, c] → [batch, height / 2, width / 2, 2
  /// c].
  at::Tensor merge(const at::Tensor& x) const {
    const at::Tensor even = padTo(x, {2, 2}, 1);
    std::vector<at::Tensor> parts;
    for (std::int64_t column = 0; column < 2; ++column)
      for (std::int64_t row = 0; row < 2; ++row)
        parts.push_back(even.slice(1, row, std::nullopt, 2).slice(2, column, std::nullopt, 2));
    const at::Tensor four = at::cat(parts, -1);
    return second ? norm(reduction(four)) : reduction(norm(four));
  }

  bool second, merges;
  std::vector<SwinLayer> layers;
  nn::Linear reduction;
  nn::LayerNorm norm;
};

SwinStages::SwinStages(const nn::Weights& weights, const SwinConfig& config) {
  for (std::size_t i = 0; i < config.depths.size(); ++i)
    stages_.emplace_back(weights / static_cast<std::int64_t>(i), config, i);
}

SwinStages::~SwinStages() = default;

at::Tensor SwinStages::forward(at::Tensor x, bool alwaysPartition, const nn::Observer* observer,
                               const OnStage& onStage) const {
  if (onStage) onStage(0, x);
  std::size_t number = 0;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    for (const SwinLayer& layer : stages_[i].layers) {
      at::Tensor map;
      x = layer(x, alwaysPartition, observer ? &map : nullptr);
      if (observer) {
        (*observer)(fmt::format("layers.{}.attention", number), map);
        (*observer)(fmt::format("layers.{}.residual", number), x.flatten(1, 2));
      }
      ++number;
    }
    if (onStage) onStage(i + 1, x);
    if (stages_[i].merges) x = stages_[i].merge(x);
  }
  return x;
}

SwinEncoder::SwinEncoder(const nn::Weights& base, const SwinConfig& c, bool withMaskToken)
    : config_(c), stages_(base / "encoder.layers", c) {
  const nn::Weights w = base / "embeddings";
  nn::ConvolutionOptions options;
  options.kernel = options.stride = {c.patch.height, c.patch.width};
  projection_ = nn::Conv2d(w / "patch_embeddings.projection", c.channels, c.embedDim, options);
  embeddingNorm_ = nn::LayerNorm(w / "norm", c.embedDim, kPlainEps);
  if (withMaskToken) maskToken_ = w.tensor("mask_token", {1, 1, c.embedDim});
  const std::int64_t patches = (c.image.height / c.patch.height) * (c.image.width / c.patch.width);
  if (c.absolutePositions) positions_ = w.tensor("position_embeddings", {1, patches, c.embedDim});
}

at::Tensor SwinEncoder::embed(const Input& input) const {
  requireChannels(input.pixels, config_.channels);
  const at::Tensor map = projection_(padTo(input.pixels, config_.patch, 2));
  const std::int64_t height = map.size(2), width = map.size(3);
  at::Tensor x = embeddingNorm_(map.flatten(2).transpose(1, 2));
  if (input.masked.defined()) x = hidePatches(x, input.masked, maskToken_);
  if (positions_.defined()) {
    const bool square = input.pixels.size(2) == input.pixels.size(3);
    const bool fits = positions_.size(1) == x.size(1) && (square || !input.interpolate);
    if (!fits && !input.interpolate)
      throw Error(ErrorKind::kInvalidInput, "expected {} x {} pixels, found {} x {}",
                  config_.image.height, config_.image.width, input.pixels.size(2),
                  input.pixels.size(3))
          .in("input \"pixel_values\"");
    x = x + (fits ? positions_
                  : resizePositions(positions_, squareOf(positions_.size(1)), {height, width}));
  }
  return x.reshape({x.size(0), height, width, x.size(2)});
}

at::Tensor SwinEncoder::forward(const Input& input, const SwinStages::OnStage& onStage) const {
  return stages_.forward(embed(input), input.alwaysPartition, input.observer, onStage);
}

}  // namespace orrery::models::vision
