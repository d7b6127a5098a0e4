#include "core/models/vision/sam_vision.h"

#include <ATen/ops/einsum.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/nn/activation.h"
#include "core/nn/linear.h"

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

/// Most bytes of attention bias that are laid out at once.
constexpr std::int64_t kBiasBytes = 64 << 20;

/// Attention over a grid of patches, with a bias for the distance in rows and in columns.
class GridAttention {
 public:
  /// `grid`: rows and columns of what it sees.
  GridAttention(const nn::Weights& w, const SamVisionConfig& c, std::int64_t grid)
      : heads_(c.heads),
        qkv_(w / "qkv", c.hidden, 3 * c.hidden, c.qkvBias ? Bias::kRequired : Bias::kNone),
        out_(w / "proj", c.hidden, c.hidden, Bias::kRequired) {
    options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / c.heads));
    if (!c.relativePositions) return;
    const nn::Shape shape{2 * grid - 1, c.hidden / c.heads};
    rows_ = byDistance(w.tensor("rel_pos_h", shape), grid);
    columns_ = byDistance(w.tensor("rel_pos_w", shape), grid);
  }

  /// x [batch, grid, grid, hidden] → the same shape.
  at::Tensor operator()(const at::Tensor& x, at::Tensor* weights) const {
    const std::int64_t batch = x.size(0), height = x.size(1), width = x.size(2);
    const at::Tensor parts =
        qkv_(x).reshape({batch, height * width, 3, heads_, -1}).permute({2, 0, 3, 1, 4});
    const at::Tensor q = parts[0], k = parts[1], v = parts[2];
    if (!rows_.defined()) return out_(nn::attend(q, k, v, {}, options_, weights)).view_as(x);
    const at::Tensor grid = q.reshape({batch * heads_, height, width, -1});
    const at::Tensor byRow = at::einsum("bhwc,hkc->bhwk", {grid, rows_});
    const at::Tensor byColumn = at::einsum("bhwc,wkc->bhwk", {grid, columns_});
    const std::int64_t rowBytes = batch * heads_ * width * height * width * 4;
    const std::int64_t step = weights ? height : std::max<std::int64_t>(1, kBiasBytes / rowBytes);
    std::vector<at::Tensor> results;
    for (std::int64_t row = 0; row < height; row += step) {
      const std::int64_t rows = std::min(step, height - row);
      const at::Tensor bias =
          byRow.narrow(1, row, rows).unsqueeze(4) + byColumn.narrow(1, row, rows).unsqueeze(3);
      results.push_back(nn::attend(q.narrow(2, row * width, rows * width), k, v,
                                   bias.reshape({batch, heads_, rows * width, height * width}),
                                   options_, weights));
    }
    return out_(results.size() == 1 ? results.front() : at::cat(results, 1)).view_as(x);
  }

 private:
  /// table [2 * grid - 1, dim], by distance → [query, key, dim].
  static at::Tensor byDistance(const at::Tensor& table, std::int64_t grid) {
    const at::Tensor at = at::arange(grid, at::kLong);
    return table.index({at.unsqueeze(1) - at.unsqueeze(0) + (grid - 1)});
  }

  std::int64_t heads_;
  nn::Linear qkv_, out_;
  at::Tensor rows_, columns_;
  nn::AttentionOptions options_;
};

/// x [batch, height, width, channels] → windows [batch * windows, size, size, channels]; zeros fill
/// up the last ones.
at::Tensor intoWindows(const at::Tensor& x, std::int64_t size) {
  const auto missing = [&](std::int64_t dim) { return (size - x.size(dim) % size) % size; };
  const at::Tensor padded = at::constant_pad_nd(x, {0, 0, 0, missing(2), 0, missing(1)});
  return padded.reshape({x.size(0), padded.size(1) / size, size, -1, size, x.size(3)})
      .transpose(2, 3)
      .reshape({-1, size, size, x.size(3)});
}

/// The way back to [batch, height, width, channels].
at::Tensor fromWindows(const at::Tensor& windows, at::IntArrayRef shape) {
  const std::int64_t size = windows.size(1), height = shape[1], width = shape[2];
  const std::int64_t rows = (height + size - 1) / size, columns = (width + size - 1) / size;
  return windows.reshape({shape[0], rows, columns, size, size, shape[3]})
      .transpose(2, 3)
      .reshape({shape[0], rows * size, columns * size, shape[3]})
      .slice(1, 0, height)
      .slice(2, 0, width);
}

}  // namespace

class SamVisionEncoder::Block {
 public:
  Block(const nn::Weights& w, const SamVisionConfig& c, std::int64_t window)
      : window_(window),
        norm1_(w / "layer_norm1", c.hidden, c.normEps),
        norm2_(w / "layer_norm2", c.hidden, c.normEps),
        attention_(w / "attn", c, window > 0 ? window : c.grid()),
        up_(w / "mlp.lin1", c.hidden, c.ffn, Bias::kRequired),
        down_(w / "mlp.lin2", c.ffn, c.hidden, Bias::kRequired),
        activation_(nn::activation(c.activation)) {}

  at::Tensor operator()(const at::Tensor& x, at::Tensor* weights) const {
    const at::Tensor seen = norm1_(x);
    const at::Tensor middle =
        x + (window_ > 0 ? fromWindows(attention_(intoWindows(seen, window_), weights), x.sizes())
                         : attention_(seen, weights));
    return middle + down_(activation_(up_(norm2_(middle))));
  }

 private:
  std::int64_t window_;
  nn::LayerNorm norm1_, norm2_;
  GridAttention attention_;
  nn::Linear up_, down_;
  nn::Activation activation_;
};

SamVisionEncoder::SamVisionEncoder(const nn::Weights& w, const SamVisionConfig& c) : config_(c) {
  constexpr double kNeckEps = 1e-6;
  const nn::Weights neck = w / "neck";
  patches_ = nn::Conv2d(w / "patch_embed.projection", c.channels, c.hidden,
                        nn::ConvolutionOptions::patches(c.patch));
  if (c.absolutePositions) positions_ = w.tensor("pos_embed", {1, c.grid(), c.grid(), c.hidden});
  for (std::int64_t i = 0; i < c.layers; ++i)
    blocks_.emplace_back(w / "layers" / i, c, c.globalLayers.contains(i) ? 0 : c.window);
  neck1_ = nn::Conv2d(neck / "conv1", c.hidden, c.outChannels,
                      nn::ConvolutionOptions::same(1, 1, 1, false));
  neckNorm1_ = nn::LayerNorm(neck / "layer_norm1", c.outChannels, kNeckEps);
  neck2_ = nn::Conv2d(neck / "conv2", c.outChannels, c.outChannels,
                      nn::ConvolutionOptions::same(3, 1, 1, false));
  neckNorm2_ = nn::LayerNorm(neck / "layer_norm2", c.outChannels, kNeckEps);
}

SamVisionEncoder::~SamVisionEncoder() = default;

at::Tensor SamVisionEncoder::forward(const at::Tensor& pixelValues,
                                     const nn::Observer* observer) const {
  if (pixelValues.size(2) != config_.imageSize || pixelValues.size(3) != config_.imageSize)
    throw Error(ErrorKind::kInvalidInput,
                "input \"pixel_values\": expected pictures of {0} by {0} pixels, found {1} by {2}",
                config_.imageSize, pixelValues.size(3), pixelValues.size(2));
  at::Tensor x = patches_(pixelValues).permute({0, 2, 3, 1});
  if (positions_.defined()) x = x + positions_;
  x = x.contiguous();
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    at::Tensor map;
    x = blocks_[i](x, observer ? &map : nullptr);
    if (!observer) continue;
    (*observer)(fmt::format("layers.{}.attention", i), map);
    (*observer)(fmt::format("layers.{}.residual", i), x.flatten(1, 2));
  }
  x = normChannels(neckNorm1_, neck1_(x.permute({0, 3, 1, 2})));
  return normChannels(neckNorm2_, neck2_(x)).contiguous();
}

at::Tensor normChannels(const nn::LayerNorm& norm, const at::Tensor& x) {
  return norm(x.permute({0, 2, 3, 1}).contiguous()).permute({0, 3, 1, 2});
}

}  // namespace orrery::models::vision
