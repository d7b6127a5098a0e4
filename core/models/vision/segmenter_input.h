#pragma once

#include "core/models/families.h"

namespace orrery::models::vision {

/// pixel_values of a model that cuts a whole picture into segments and also takes, and does not
/// look at, pixel_mask; `more` names further inputs.
at::Tensor segmenterPixels(const TensorMap& inputs, const std::vector<std::string>& more = {});

}  // namespace orrery::models::vision
