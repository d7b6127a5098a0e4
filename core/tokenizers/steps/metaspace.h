#pragma once

#include "core/base/json.h"

namespace orrery::tokenizers {

/// Settings of the step that writes spaces as a visible character, and of its inverse.
struct Metaspace {
  enum class Prepend { kFirst, kNever, kAlways };

  char32_t replacement = U'▁';
  Prepend prepend = Prepend::kAlways;
  bool splits = true;
};

/// Reads the settings. Errors name the field.
Metaspace readMetaspace(const JsonField& field);

}  // namespace orrery::tokenizers
