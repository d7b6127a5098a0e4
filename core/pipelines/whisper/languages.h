#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The languages that Whisper's tokens name: "<|en|>" is English.
namespace orrery::pipelines {

/// The name of a language code, "english" of "en"; nothing for what is none.
std::optional<std::string> languageName(std::string_view code);

/// The code of a name, another name of the language ("castilian") or a code, in any case; an Error
/// lists the names.
std::string languageCode(const std::string& language);

}  // namespace orrery::pipelines
