#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace orrery::models::speech {

/// The languages that the checkpoint in `folder` can be told to hear, each with the file of its
/// adapter: adapter.LANG.safetensors, or adapter.LANG.bin where there is no such, of the languages
/// that vocab.json has letters of. Empty where letters are not told by language.
std::map<std::string, std::filesystem::path> adapterLanguages(const std::filesystem::path& folder);

}  // namespace orrery::models::speech
