#pragma once

#include "core/chat/jinja/callables.h"

namespace orrery::chat::jinja {

/// The method of str of that name, or null.
Method findStringMethod(std::string_view name);

/// `text` brought to `width` characters; `align` is '<', '>' or '^'.
std::string justified(std::string_view text, std::int64_t width, char align, std::string_view fill);

/// str.replace, paid for before it is made.
Value replaceText(Evaluator& evaluator, std::string_view text, std::string_view old,
                  std::string_view with, std::int64_t limit);

}  // namespace orrery::chat::jinja
