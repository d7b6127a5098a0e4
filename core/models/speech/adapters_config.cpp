#include "core/models/speech/adapters_config.h"

#include "core/base/json.h"

namespace orrery::models::speech {

namespace fs = std::filesystem;

std::map<std::string, fs::path> adapterLanguages(const fs::path& folder) {
  std::map<std::string, fs::path> result;
  const fs::path file = folder / "vocab.json";
  if (std::error_code ignored; !fs::exists(file, ignored)) return result;
  const Json letters = readJsonFile(file);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    constexpr std::string_view kBegin = "adapter.";
    const bool safe = name.ends_with(".safetensors");
    if (!name.starts_with(kBegin) || (!safe && !name.ends_with(".bin"))) continue;
    const std::size_t end = name.rfind('.');
    if (end < kBegin.size()) continue;
    const std::string language = name.substr(kBegin.size(), end - kBegin.size());
    const auto known = letters.find(language);
    if (known == letters.end() || !known->is_object()) continue;
    if (safe)
      result[language] = entry.path();
    else
      result.try_emplace(language, entry.path());
  }
  return result;
}

}  // namespace orrery::models::speech
