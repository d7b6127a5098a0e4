#pragma once

#include <ATen/ATen.h>

#include <array>

namespace orrery::models::multimodal {

/// What the positions of a batch depend on.
struct GridPrompt {
  at::Tensor types;  ///< [batch, time] int64: 0 text, 1 picture, 2 video
  at::Tensor mask;   ///< [batch, time], 0 for padding; undefined: none
  /// Of all pictures and of all videos in order, each [count, 3] int64: frames, rows, columns of
  /// patches; undefined: none.
  std::array<at::Tensor, 2> grids;
  std::int64_t merge = 1;  ///< patches along a side of the square that is one token
};

/// Positions [3, batch, time] (frame, row, column): text counts on in all three, a picture lies on
/// its grid, and what follows it counts on from its longer side. An Error if the tokens of a
/// picture are not as many as its grid has.
at::Tensor gridPositions(const GridPrompt& prompt);

}  // namespace orrery::models::multimodal
