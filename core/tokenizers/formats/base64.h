#pragma once

#include <string>

#include "core/base/json.h"

namespace orrery::tokenizers {

/// The bytes that the text of `field` stands for. An Error names the field.
std::string decodeBase64(const JsonField& field);

}  // namespace orrery::tokenizers
