#pragma once

#include <ATen/ATen.h>

#include <span>

#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {

/// How a map is cut into square windows after it was shifted round, and put together again (Liu et
/// al. 2021, "Swin"). Rows and columns that are missing in the last windows are zeros.
class Windows {
 public:
  /// `side` tokens each way in a window; the map is shifted by `shift` tokens up and left.
  Windows(Size map, std::int64_t side, std::int64_t shift);

  /// x [height, width, channels] → some of its windows [numbers.size(), side * side, channels].
  at::Tensor cut(const at::Tensor& x, std::span<const std::int64_t> numbers) const;
  /// The reverse: writes windows to their places in `map` [height, width, channels], contiguous,
  /// and leaves out the missing rows and columns.
  void put(const at::Tensor& windows, std::span<const std::int64_t> numbers, at::Tensor& map) const;

  /// Numbers of the windows in which all tokens are neighbours.
  std::span<const std::int64_t> plain() const { return plain_; }
  /// Numbers of the other ones: the shift brought tokens together there that belong apart.
  std::span<const std::int64_t> mixed() const { return mixed_; }
  /// For each of the mixed windows whether two of its tokens belong apart: [mixed, 1, n, n], bool.
  const at::Tensor& apart() const { return apart_; }
  std::int64_t count() const { return count_; }

 private:
  void findMixed(std::int64_t shift, Size padded);
  /// The token at place `place` of window `number`; -1: none.
  std::int64_t token(std::int64_t number, std::int64_t place) const {
    return tokens_[static_cast<std::size_t>(number * side_ * side_ + place)];
  }

  std::int64_t side_, count_;
  std::vector<std::int64_t> tokens_;  ///< for each place in the windows its token, or -1
  std::vector<std::int64_t> plain_, mixed_;
  at::Tensor apart_;
};

}  // namespace orrery::models::vision
