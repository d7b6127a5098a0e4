#pragma once

#include "core/base/json.h"

namespace orrery::models {

/// Whether `field` of a config.json ("a" or "a.b"), which no family reads, changes nothing in what
/// a model computes in inference: always, or with the value that it has there.
bool isHarmless(const Json& config, std::string_view field);

}  // namespace orrery::models
