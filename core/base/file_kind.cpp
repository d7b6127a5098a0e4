#include "core/base/file_kind.h"

#include <fstream>
#include <string_view>

namespace orrery {

bool isGgufFile(const std::filesystem::path& path) {
  char magic[4] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof magic);
  return std::string_view(magic, sizeof magic) == "GGUF";
}

}  // namespace orrery
