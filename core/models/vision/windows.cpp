#include "core/models/vision/windows.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace orrery::models::vision {
namespace {

std::int64_t roundUp(std::int64_t x, std::int64_t step) {
  return (x + step - 1) / step * step;
}

}  // namespace

Windows::Windows(Size map, std::int64_t side, std::int64_t shift) : side_(side) {
  const Size padded{roundUp(map.height, side), roundUp(map.width, side)};
  const std::int64_t across = padded.width / side;
  count_ = padded.height / side * across;
  tokens_.resize(static_cast<std::size_t>(padded.height * padded.width));
  std::size_t place = 0;
  for (std::int64_t window = 0; window < count_; ++window)
    for (std::int64_t i = 0; i < side * side; ++i, ++place) {
      const std::int64_t row = (window / across * side + i / side + shift) % padded.height;
      const std::int64_t column = (window % across * side + i % side + shift) % padded.width;
      const bool there = row < map.height && column < map.width;
      tokens_[place] = there ? row * map.width + column : -1;
    }
  if (shift > 0) findMixed(shift, padded);
  for (std::int64_t window = 0; window < count_; ++window)
    if (!std::binary_search(mixed_.begin(), mixed_.end(), window)) plain_.push_back(window);
}

void Windows::findMixed(std::int64_t shift, Size padded) {
  // Regions of the shifted map along one side: before the last window, the part of it that stayed,
  // and the part that came round. Only the last row and column of windows have more than one.
  const auto regions = [&](std::int64_t length) {
    const at::Tensor at = at::arange(length, at::kLong);
    return at.ge(length - side_).to(at::kLong) + at.ge(length - shift).to(at::kLong);
  };
  const at::Tensor region =
      regions(padded.height).unsqueeze(1) * 3 + regions(padded.width).unsqueeze(0);
  const at::Tensor cut = region.view({padded.height / side_, side_, padded.width / side_, side_})
                             .transpose(1, 2)
                             .reshape({count_, side_ * side_});
  const at::Tensor mixed = cut.ne(cut.narrow(1, 0, 1)).any(1).nonzero().flatten();
  mixed_.assign(mixed.data_ptr<std::int64_t>(), mixed.data_ptr<std::int64_t>() + mixed.numel());
  const at::Tensor own = cut.index_select(0, mixed);
  apart_ = own.unsqueeze(1).ne(own.unsqueeze(2)).unsqueeze(1);
}

at::Tensor Windows::cut(const at::Tensor& x, std::span<const std::int64_t> numbers) const {
  const at::Tensor map = x.contiguous();
  const std::int64_t area = side_ * side_, channels = x.size(2);
  const auto count = static_cast<std::int64_t>(numbers.size());
  at::Tensor windows = at::empty({count, area, channels}, at::kFloat);
  const float* const from = map.data_ptr<float>();
  float* const to = windows.data_ptr<float>();
  at::parallel_for(0, count, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * area; i < end * area; ++i) {
      const std::int64_t source = token(numbers[static_cast<std::size_t>(i / area)], i % area);
      if (source < 0)
        std::fill_n(to + i * channels, channels, 0.f);
      else
        std::copy_n(from + source * channels, channels, to + i * channels);
    }
  });
  return windows;
}

void Windows::put(const at::Tensor& windows, std::span<const std::int64_t> numbers,
                  at::Tensor& map) const {
  const at::Tensor source = windows.contiguous();
  const std::int64_t area = side_ * side_, channels = map.size(2);
  const float* const from = source.data_ptr<float>();
  float* const to = map.data_ptr<float>();
  const auto count = static_cast<std::int64_t>(numbers.size());
  at::parallel_for(0, count, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * area; i < end * area; ++i) {
      const std::int64_t target = token(numbers[static_cast<std::size_t>(i / area)], i % area);
      if (target >= 0) std::copy_n(from + i * channels, channels, to + target * channels);
    }
  });
}

}  // namespace orrery::models::vision
