#include "core/base/amounts.h"

#include <fmt/format.h>

namespace orrery {

std::string bytesText(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  const auto number = static_cast<double>(bytes);
  if (number < 1e6) return fmt::format("{:.1f} kB", number / 1e3);
  if (number < 1e9) return fmt::format("{:.1f} MB", number / 1e6);
  if (number < 1e12) return fmt::format("{:.1f} GB", number / 1e9);
  return fmt::format("{:.1f} TB", number / 1e12);
}

}  // namespace orrery
