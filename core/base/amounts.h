#pragma once

#include <cstdint>
#include <string>

namespace orrery {

/// "950 B", "12.3 kB", "269.0 MB", "3.2 GB", "1.4 TB"; decimal, as disks are sold.
std::string bytesText(std::uint64_t bytes);

}  // namespace orrery
