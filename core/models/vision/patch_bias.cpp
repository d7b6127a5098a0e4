#include "core/models/vision/patch_bias.h"

namespace orrery::models::vision {
namespace {

Size distances(Size grid) {
  return {2 * grid.height - 1, 2 * grid.width - 1};
}

/// relativeIndex with a class token first: its own three rows end the table.
at::Tensor indexWithClass(Size grid) {
  const Size span = distances(grid);
  const std::int64_t count = span.height * span.width, tokens = grid.height * grid.width + 1;
  at::Tensor index = at::empty({tokens, tokens}, at::kLong);
  index.slice(0, 1).slice(1, 1).copy_(relativeIndex(grid));
  index[0].fill_(count);
  index.select(1, 0).fill_(count + 1);
  index[0][0].fill_(count + 2);
  return index;
}

}  // namespace

at::Tensor relativeIndex(Size grid) {
  const at::Tensor cells = at::arange(grid.height * grid.width, at::kLong);
  const at::Tensor rows = cells.floor_divide(grid.width), columns = cells.remainder(grid.width);
  const auto difference = [](const at::Tensor& x) { return x.unsqueeze(1) - x.unsqueeze(0); };
  return (difference(rows) + (grid.height - 1)) * (2 * grid.width - 1) + difference(columns) +
         (grid.width - 1);
}

PatchBias::PatchBias(const nn::Weights& weights, Size grid, std::int64_t heads) : grid_(grid) {
  const Size span = distances(grid);
  table_ = weights.tensor("relative_position_bias_table", {span.height * span.width + 3, heads});
  weights.ignore("relative_position_index");
}

at::Tensor PatchBias::operator()(Size grid) const {
  const Size from = distances(grid_), to = distances(grid);
  const std::int64_t heads = table_.size(1), count = from.height * from.width;
  // transformers takes columns for rows here, which shows where a grid is no square.
  const at::Tensor plane =
      table_.narrow(0, 0, count).reshape({1, from.width, from.height, heads}).permute({0, 3, 1, 2});
  const at::Tensor resized = at::upsample_bilinear2d(plane, {to.height, to.width}, false)
                                 .permute({0, 2, 3, 1})
                                 .reshape({to.height * to.width, heads});
  const at::Tensor table = at::cat({resized, table_.narrow(0, count, 3)}, 0);
  const at::Tensor index = indexWithClass(grid);
  return table.index_select(0, index.flatten())
      .view({index.size(0), index.size(1), heads})
      .permute({2, 0, 1})
      .contiguous()
      .unsqueeze(0);
}

}  // namespace orrery::models::vision
