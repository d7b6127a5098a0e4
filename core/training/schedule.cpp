#include "core/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace orrery::training {

double Schedule::factor(std::int64_t step) const {
  if (type == "constant") return 1;
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(std::max<std::int64_t>(1, whole));
  };
  if (step < warmup) return share(step, warmup);
  if (type == "constant_with_warmup") return 1;
  if (type == "linear") return std::max(0.0, share(steps - step, steps - warmup));
  const double angle = std::numbers::pi * share(step - warmup, steps - warmup);
  return std::max(0.0, 0.5 * (1 + std::cos(angle)));
}

}  // namespace orrery::training
