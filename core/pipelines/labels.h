#pragma once

#include <cstdint>
#include <string>

#include "core/base/json.h"

namespace orrery::pipelines {

/// The name of class `index`: by the id2label of config.json, else "LABEL_index".
std::string labelOf(const JsonField& config, std::int64_t index);

}  // namespace orrery::pipelines
