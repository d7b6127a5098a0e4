#pragma once

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <string>

namespace orrery::test {

/// Where a tensor differs from the reference's by more than 1e-4; empty if nowhere.
inline std::string difference(const at::Tensor& got, const at::Tensor& wanted) {
  if (got.scalar_type() != wanted.scalar_type() || got.sizes() != wanted.sizes())
    return fmt::format("{} of {} elements, expected {} of {}", toString(got.scalar_type()),
                       got.numel(), toString(wanted.scalar_type()), wanted.numel());
  const at::Tensor error = (got.to(at::kDouble) - wanted.to(at::kDouble)).abs();
  const double largest = error.numel() == 0 ? 0 : error.max().item<double>();
  if (largest <= 1e-4) return {};
  return fmt::format("{} of {} values differ by up to {}",
                     (error > 1e-4).sum().item<std::int64_t>(), got.numel(), largest);
}

}  // namespace orrery::test
