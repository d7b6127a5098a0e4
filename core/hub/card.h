#pragma once

#include <string>
#include <string_view>

#include "core/base/json.h"

namespace orrery::hub {

/// A model card: README.md taken apart.
struct Card {
  Json data = Json::object();  ///< the front matter; empty if there is none
  std::string problem;         ///< why the front matter could not be read; else empty
  std::string body;            ///< Markdown
};

/// Never throws for what a card says: a front matter that is no YAML object, or nests or repeats
/// itself beyond all use, is a `problem`, and the body is there all the same.
Card parseCard(std::string_view text);

}  // namespace orrery::hub
