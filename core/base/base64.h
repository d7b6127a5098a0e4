#pragma once

#include <string>
#include <string_view>

namespace orrery {

/// Bytes as text for JSON, padded.
std::string encodeBase64(std::string_view bytes);

}  // namespace orrery
