#pragma once

#include <string_view>

#include "core/chat/jinja/ast.h"

namespace orrery::chat::jinja {

/// Parses a template. Throws an Error of kind kInvalidInput, or kUnsupported for the tags that
/// would read other templates (include, import, extends), that begins with "line N: ".
Block parseTemplate(std::string_view source);

}  // namespace orrery::chat::jinja
