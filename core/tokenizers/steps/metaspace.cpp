#include "core/tokenizers/steps/metaspace.h"

#include "core/tokenizers/steps/reading.h"

namespace orrery::tokenizers {

Metaspace readMetaspace(const JsonField& field) {
  Metaspace space;
  space.replacement = readChar(field, "replacement");
  space.splits = field.get("split", true);
  const auto scheme = field.get<std::string>("prepend_scheme", "always");
  if (scheme == "always") {
    space.prepend = Metaspace::Prepend::kAlways;
  } else if (scheme == "first") {
    space.prepend = Metaspace::Prepend::kFirst;
  } else if (scheme == "never") {
    space.prepend = Metaspace::Prepend::kNever;
  } else {
    throw field["prepend_scheme"].error(
        fmt::format("expected always, first or never, found {}", orrery::quoted(scheme)));
  }
  // Older files say it with a bool; false must not contradict a scheme.
  if (!field.get("add_prefix_space", true)) {
    if (field.has("prepend_scheme") && scheme != "never")
      throw field["add_prefix_space"].error(
          fmt::format("is false, but prepend_scheme is {}", orrery::quoted(scheme)));
    space.prepend = Metaspace::Prepend::kNever;
  }
  return space;
}

}  // namespace orrery::tokenizers
