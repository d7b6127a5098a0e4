#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

namespace orrery::checkpoint {

/// The entries of a zip file in memory (also zip64), all stored without compression, as torch.save
/// writes them. Throws an Error for anything else. The spans point into `bytes`.
std::map<std::string, std::span<const std::byte>, std::less<>> readStoredZip(
    std::span<const std::byte> bytes);

}  // namespace orrery::checkpoint
