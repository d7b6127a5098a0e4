#pragma once

#include <cstdint>
#include <string>

namespace orrery::training {

/// The share of the learning rate that each step takes, as transformers' schedules of that name.
struct Schedule {
  std::string type;  ///< constant, constant_with_warmup, linear or cosine
  std::int64_t steps = 0, warmup = 0;

  /// `step` counts from 0.
  double factor(std::int64_t step) const;
};

}  // namespace orrery::training
