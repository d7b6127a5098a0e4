#pragma once

#include <filesystem>

namespace orrery {

/// Whether the file begins as GGUF files do, whatever its name: some programs keep them under
/// their digests.
bool isGgufFile(const std::filesystem::path& path);

}  // namespace orrery
