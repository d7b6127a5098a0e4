#include "app/cli/amounts.h"

#include "core/base/error.h"

namespace orrery::cli {

std::string countText(std::int64_t count) {
  const auto number = static_cast<double>(count);
  if (number < 1e6) return fmt::format("{}", count);
  if (number < 1e9) return fmt::format("{:.1f} million", number / 1e6);
  return fmt::format("{:.2f} billion", number / 1e9);
}

std::string shortCountText(std::int64_t count) {
  const auto number = static_cast<double>(count);
  if (number < 1e3) return fmt::format("{}", count);
  if (number < 1e6) return fmt::format("{:.1f}k", number / 1e3);
  if (number < 1e9) return fmt::format("{:.1f}M", number / 1e6);
  return fmt::format("{:.1f}B", number / 1e9);
}

std::string shownText(std::string_view text, std::size_t limit) {
  const std::string safe = quoted(text, limit);
  return safe.substr(1, safe.size() - 2);
}

}  // namespace orrery::cli
