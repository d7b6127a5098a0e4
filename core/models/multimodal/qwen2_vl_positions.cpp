#include "core/models/multimodal/qwen2_vl_positions.h"

#include <algorithm>
#include <vector>

#include "core/base/error.h"

namespace orrery::models::multimodal {
namespace {

struct Position {
  std::int64_t frame, row, column;
};

/// Hands out the grids of one kind in order.
class Grids {
 public:
  Grids(const at::Tensor& grids, const char* what)
      : grids_(grids.defined() ? grids.contiguous() : grids), what_(what) {}

  /// Adds the positions of the next one's `count` tokens, from `start`; returns where what follows
  /// begins.
  std::int64_t place(std::int64_t start, std::int64_t count, std::int64_t merge,
                     std::vector<Position>& positions) {
    if (!grids_.defined() || next_ >= grids_.size(0))
      throw error(fmt::format("more {}s in the prompt than grids", what_));
    const auto* grid = grids_.data_ptr<std::int64_t>() + 3 * next_++;
    const std::int64_t frames = grid[0], rows = grid[1] / merge, columns = grid[2] / merge;
    if (frames * rows * columns != count)
      throw error(fmt::format("expected {} tokens for the {} of {} × {} × {} patches, found {}",
                              frames * rows * columns, what_, grid[0], grid[1], grid[2], count));
    for (std::int64_t f = 0; f < frames; ++f)
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < columns; ++c)
          positions.push_back({start + f, start + r, start + c});
    return start + std::max(grid[1], grid[2]) / merge;
  }

 private:
  static Error error(const std::string& message) {
    return Error(ErrorKind::kInvalidInput, message).in("input \"input_ids\"");
  }

  at::Tensor grids_;
  const char* what_;
  std::int64_t next_ = 0;
};

/// The positions of a row's tokens, given their types.
std::vector<Position> rowPositions(const std::vector<std::int64_t>& types, std::int64_t merge,
                                   std::array<Grids, 2>& grids) {
  std::vector<Position> positions;
  std::int64_t at = 0;
  for (std::size_t begin = 0; begin < types.size();) {
    std::size_t end = begin;
    while (end < types.size() && types[end] == types[begin]) ++end;
    if (types[begin] == 0) {
      for (std::size_t i = begin; i < end; ++i, ++at) positions.push_back({at, at, at});
    } else {
      at = grids.at(static_cast<std::size_t>(types[begin] - 1))
               .place(at, static_cast<std::int64_t>(end - begin), merge, positions);
    }
    begin = end;
  }
  return positions;
}

}  // namespace

at::Tensor gridPositions(const GridPrompt& prompt) {
  const at::Tensor types = prompt.types.to(at::kLong).contiguous();
  const at::Tensor seen =
      prompt.mask.defined() ? prompt.mask.ne(0).contiguous() : at::ones_like(types, at::kBool);
  at::Tensor result = at::zeros({3, types.size(0), types.size(1)}, at::kLong);
  std::array<Grids, 2> grids{Grids{prompt.grids[0], "image"}, Grids{prompt.grids[1], "video"}};
  auto out = result.accessor<std::int64_t, 3>();
  const auto type = types.accessor<std::int64_t, 2>();
  const auto shown = seen.accessor<bool, 2>();
  for (std::int64_t b = 0; b < types.size(0); ++b) {
    std::vector<std::int64_t> places, ofRow;
    for (std::int64_t t = 0; t < types.size(1); ++t) {
      if (!shown[b][t]) continue;
      places.push_back(t);
      ofRow.push_back(type[b][t]);
    }
    const auto positions = rowPositions(ofRow, prompt.merge, grids);
    for (std::size_t i = 0; i < places.size(); ++i) {
      out[0][b][places[i]] = positions[i].frame;
      out[1][b][places[i]] = positions[i].row;
      out[2][b][places[i]] = positions[i].column;
    }
  }
  return result;
}

}  // namespace orrery::models::multimodal
