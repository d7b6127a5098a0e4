#include "core/models/multimodal/qwen2_vl_vision.h"

#include <cmath>

#include "core/base/error.h"
#include "core/nn/rotary.h"

namespace orrery::models::multimodal {

using nn::Linear;
using Bias = Linear::Bias;

namespace {

/// A convolution over patches that are cut out already: its kernel as the rows of a matrix.
Linear patchLayer(const nn::Weights& w, const Qwen2VlVisionConfig& c) {
  auto kernel = w.view("weight", {c.stack.hidden, c.channels, c.frames, c.patch, c.patch});
  kernel.shape = {c.stack.hidden, c.channels * c.frames * c.patch * c.patch};
  return Linear(std::move(kernel), {}, w.precision());
}

/// What the patches of some grids share in every block.
struct Frames {
  std::vector<std::int64_t> lengths;  ///< patches of each frame
  nn::RotaryAngles angles;            ///< [1, patches, head_dim]
};

/// 0, 1, … along `dim` of a rows × columns grid, in the order of squares of merge * merge patches.
at::Tensor bySquares(std::int64_t rows, std::int64_t columns, std::int64_t merge, int dim) {
  const at::Tensor along = at::arange(dim == 0 ? rows : columns, at::kLong);
  const at::Tensor grid = along.unsqueeze(dim == 0 ? 1 : 0).expand({rows, columns});
  return grid.reshape({rows / merge, merge, columns / merge, merge}).transpose(1, 2).flatten();
}

Frames framesOf(const at::Tensor& grids, const Qwen2VlVisionConfig& c) {
  Frames frames;
  std::vector<at::Tensor> rows, columns;
  for (std::int64_t i = 0; i < grids.size(0); ++i) {
    const auto count = grids[i][0].item<std::int64_t>();
    const auto height = grids[i][1].item<std::int64_t>(), width = grids[i][2].item<std::int64_t>();
    frames.lengths.insert(frames.lengths.end(), static_cast<std::size_t>(count), height * width);
    rows.push_back(bySquares(height, width, c.merge, 0).repeat({count}));
    columns.push_back(bySquares(height, width, c.merge, 1).repeat({count}));
  }
  const std::int64_t headDim = c.stack.hidden / c.stack.heads;
  const Json parameters = {{"rope_theta", c.theta}};
  const JsonField field(parameters, "config.json: vision_config.rope_parameters");
  const nn::Rotary rotary(field, field, headDim / 2);
  // One quarter of a head turns by the row, the next by the column; then both again.
  const auto angles = rotary.angles(at::stack({at::cat(rows), at::cat(columns)}), 0);
  const auto laidOut = [&](const at::Tensor& x) {
    const at::Tensor once = x.narrow(-1, 0, headDim / 4);
    return at::cat({once[0], once[1], once[0], once[1]}, -1).unsqueeze(0);
  };
  frames.angles = {laidOut(angles.cos), laidOut(angles.sin)};
  return frames;
}

Error gridError(const char* what, const std::string& message) {
  return Error(ErrorKind::kInvalidInput, message).in(fmt::format("input \"{}_grid_thw\"", what));
}

/// Checks that the grids are whole squares and as many patches as there are.
void checkGrids(const at::Tensor& grids, std::int64_t patches, std::int64_t merge,
                const char* what) {
  if (!grids.defined() || grids.dim() != 2 || grids.size(1) != 3 ||
      grids.scalar_type() != at::kLong)
    throw gridError(what, "expected frames, rows and columns of patches for each, as int64");
  std::int64_t left = patches;
  for (std::int64_t i = 0; i < grids.size(0); ++i) {
    const auto frames = grids[i][0].item<std::int64_t>();
    const auto rows = grids[i][1].item<std::int64_t>(), columns = grids[i][2].item<std::int64_t>();
    // Each alone first, so that no product can overflow.
    const bool small = frames >= 1 && rows >= 1 && columns >= 1 && frames <= left && rows <= left &&
                       columns <= left && rows * columns <= left;
    if (!small || frames * rows * columns > left || rows % merge != 0 || columns % merge != 0)
      throw gridError(what, fmt::format("expected sides that are multiples of {} and {} patches "
                                        "together, found {} × {} × {} for {} {}",
                                        merge, patches, frames, rows, columns, what, i));
    left -= frames * rows * columns;
  }
  if (left != 0)
    throw gridError(what, fmt::format("{} of {} patches belong to no {}", left, patches, what));
}

}  // namespace

class Qwen2VlVision::Block {
 public:
  Block(const nn::Weights& w, const StackConfig& c)
      : heads_(c.heads),
        attentionNorm_(w / "norm1", c.hidden, c.normEps),
        qkv_(w / "attn.qkv", c.hidden, 3 * c.hidden, Bias::kRequired),
        out_(w / "attn.proj", c.hidden, c.hidden, Bias::kRequired),
        mlpNorm_(w / "norm2", c.hidden, c.normEps),
        mlp_(w / "mlp", c) {
    options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / c.heads));
  }

  /// x [1, patches, hidden] → the same shape.
  at::Tensor operator()(const at::Tensor& x, const Frames& frames) const {
    const auto parts = qkv_(attentionNorm_(x)).chunk(3, -1);
    const auto pairs = kernels::RotaryPairs::kHalves;
    const at::Tensor q = nn::rotate(split(parts[0]), frames.angles, pairs);
    const at::Tensor k = nn::rotate(split(parts[1]), frames.angles, pairs);
    const at::Tensor v = split(parts[2]);
    std::vector<at::Tensor> attended;
    std::int64_t first = 0;
    for (const std::int64_t length : frames.lengths) {
      const auto frame = [&](const at::Tensor& t) { return t.narrow(2, first, length); };
      attended.push_back(nn::attend(frame(q), frame(k), frame(v), {}, options_));
      first += length;
    }
    const at::Tensor middle = x + out_(at::cat(attended, 1));
    return middle + mlp_(mlpNorm_(middle));
  }

 private:
  at::Tensor split(const at::Tensor& x) const {
    return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  }

  std::int64_t heads_;
  nn::LayerNorm attentionNorm_;
  Linear qkv_, out_;
  nn::LayerNorm mlpNorm_;
  TowerMlp mlp_;
  nn::AttentionOptions options_;
};

Qwen2VlVision::Qwen2VlVision(const nn::Weights& w, const Qwen2VlVisionConfig& c)
    : config_(c), patches_(patchLayer(w / "patch_embed.proj", c)) {
  for (std::int64_t i = 0; i < c.stack.layers; ++i)
    blocks_.push_back(std::make_shared<Block>(w / "blocks" / i, c.stack));
  const std::int64_t square = c.stack.hidden * c.merge * c.merge;
  norm_ = nn::LayerNorm(w / "merger.ln_q", c.stack.hidden, c.stack.normEps);
  mergeIn_ = Linear(w / "merger.mlp.0", square, square, Bias::kRequired);
  mergeOut_ = Linear(w / "merger.mlp.2", square, c.out, Bias::kRequired);
}

at::Tensor Qwen2VlVision::forward(const at::Tensor& patches, const at::Tensor& grids,
                                  const char* what, const nn::Observer* observer) const {
  if (patches.dim() != 2 || patches.size(1) != patches_.inFeatures() || patches.numel() == 0 ||
      !at::isFloatingType(patches.scalar_type()))
    throw Error(ErrorKind::kInvalidInput,
                "patches of {}s: expected numbers of shape [patches, {}], found {}", what,
                patches_.inFeatures(), nn::shapeText(patches.sizes().vec()));
  checkGrids(grids, patches.size(0), config_.merge, what);
  const Frames frames = framesOf(grids, config_);
  at::Tensor x = patches_(patches.to(at::kFloat)).unsqueeze(0);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = (*blocks_[i])(x, frames);
    if (observer) (*observer)(fmt::format("blocks.{}.residual", i), x);
  }
  const std::int64_t square = config_.stack.hidden * config_.merge * config_.merge;
  return mergeOut_(at::gelu(mergeIn_(norm_(x).view({-1, square}))));
}

}  // namespace orrery::models::multimodal
