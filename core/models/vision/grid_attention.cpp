#include "core/models/vision/grid_attention.h"

#include <ATen/ops/einsum.h>

#include <algorithm>
#include <cmath>

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

/// Most bytes of attention bias that are laid out at once.
constexpr std::int64_t kBiasBytes = 64 << 20;

/// table [distances, dim] → [query, key, dim] for `size` tokens in a row; resized if it was made
/// for another number.
at::Tensor byDistance(const at::Tensor& table, std::int64_t size) {
  const std::int64_t distances = 2 * size - 1;
  const at::Tensor fitting =
      table.size(0) == distances
          ? table
          : at::upsample_linear1d(table.t().unsqueeze(0), {distances}, false).squeeze(0).t();
  const at::Tensor at = at::arange(size, at::kLong);
  return fitting.index({at.unsqueeze(1) - at.unsqueeze(0) + (size - 1)});
}

}  // namespace

GridAttention::GridAttention(const nn::Weights& w, const GridAttentionConfig& c)
    : heads_(c.heads),
      qkv_(w / "qkv", c.hidden, 3 * c.hidden, c.qkvBias ? Bias::kRequired : Bias::kNone),
      out_(w / "proj", c.hidden, c.hidden, Bias::kRequired) {
  options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / c.heads));
  if (!c.relative) return;
  const std::int64_t dim = c.hidden / c.heads;
  rows_ = w.tensor("rel_pos_h", {2 * c.relative->height - 1, dim});
  columns_ = w.tensor("rel_pos_w", {2 * c.relative->width - 1, dim});
}

at::Tensor GridAttention::operator()(const at::Tensor& x, at::Tensor* map) const {
  const std::int64_t batch = x.size(0), height = x.size(1), width = x.size(2);
  const at::Tensor parts =
      qkv_(x).reshape({batch, height * width, 3, heads_, -1}).permute({2, 0, 3, 1, 4});
  const at::Tensor q = parts[0], k = parts[1], v = parts[2];
  if (!rows_.defined()) return out_(nn::attend(q, k, v, {}, options_, map)).view_as(x);
  const at::Tensor grid = q.reshape({batch * heads_, height, width, -1});
  const at::Tensor byRow = at::einsum("bhwc,hkc->bhwk", {grid, byDistance(rows_, height)});
  const at::Tensor byColumn = at::einsum("bhwc,wkc->bhwk", {grid, byDistance(columns_, width)});
  const std::int64_t rowBytes = batch * heads_ * width * height * width * 4;
  const std::int64_t step = map ? height : std::max<std::int64_t>(1, kBiasBytes / rowBytes);
  std::vector<at::Tensor> results;
  for (std::int64_t row = 0; row < height; row += step) {
    const std::int64_t rows = std::min(step, height - row);
    const at::Tensor bias =
        byRow.narrow(1, row, rows).unsqueeze(4) + byColumn.narrow(1, row, rows).unsqueeze(3);
    results.push_back(nn::attend(q.narrow(2, row * width, rows * width), k, v,
                                 bias.reshape({batch, heads_, rows * width, height * width}),
                                 options_, map));
  }
  return out_(results.size() == 1 ? results.front() : at::cat(results, 1)).view_as(x);
}

at::Tensor intoWindows(const at::Tensor& x, std::int64_t size) {
  const auto missing = [&](std::int64_t dim) { return (size - x.size(dim) % size) % size; };
  const at::Tensor padded = at::constant_pad_nd(x, {0, 0, 0, missing(2), 0, missing(1)});
  return padded.reshape({x.size(0), padded.size(1) / size, size, -1, size, x.size(3)})
      .transpose(2, 3)
      .reshape({-1, size, size, x.size(3)});
}

at::Tensor fromWindows(const at::Tensor& windows, at::IntArrayRef shape) {
  const std::int64_t size = windows.size(1), height = shape[1], width = shape[2];
  const std::int64_t rows = (height + size - 1) / size, columns = (width + size - 1) / size;
  return windows.reshape({shape[0], rows, columns, size, size, shape[3]})
      .transpose(2, 3)
      .reshape({shape[0], rows * size, columns * size, shape[3]})
      .slice(1, 0, height)
      .slice(2, 0, width);
}

}  // namespace orrery::models::vision
