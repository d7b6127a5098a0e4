#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/amounts.h"

/// Amounts and foreign texts as people read them.
namespace orrery::cli {

/// "12345", "134.5 million", "8.03 billion".
std::string countText(std::int64_t count);

/// In a column: "950", "12.3k", "134.5M", "8.0B".
std::string shortCountText(std::int64_t count);

/// Foreign text for a line on a terminal: cut at `limit` bytes, without control characters.
std::string shownText(std::string_view text, std::size_t limit = 120);

}  // namespace orrery::cli
