#pragma once

#include <ATen/ATen.h>

namespace orrery::models::text {

/// Positions that count real tokens only, from padding + 1 on; padding is at position `padding`.
/// ids [batch, time]; `places` [batch or 1, time] are where the ids lie in their rows, of which the
/// first tells how many tokens came before.
inline at::Tensor paddedPositions(const at::Tensor& ids, std::int64_t padding,
                                  const at::Tensor& places) {
  const at::Tensor real = ids.ne(padding).to(at::kLong);
  return (real.cumsum(1) + places.slice(1, 0, 1)) * real + padding;
}

}  // namespace orrery::models::text
