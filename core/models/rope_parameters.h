#pragma once

#include "core/base/json.h"

namespace orrery::models {

/// The rope_parameters of a config in today's form: from rope_parameters, or from rope_theta and
/// rope_scaling of older files. `layerType` picks the part of a config that has one per layer type.
Json ropeParameters(const JsonField& config, std::string_view layerType = {},
                    double defaultTheta = 10000);

}  // namespace orrery::models
