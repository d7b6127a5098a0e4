#pragma once

#include <cstdint>
#include <random>
#include <vector>

/// `n` numbers of the standard normal distribution.
inline std::vector<float> randomValues(std::int64_t n, std::mt19937& random) {
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> x(static_cast<std::size_t>(n));
  for (auto& v : x) v = normal(random);
  return x;
}
