#pragma once

#include <memory>

#include "core/base/cancel.h"
#include "core/base/progress.h"
#include "core/checkpoint/weight_source.h"

namespace orrery {

/// `source`, telling `progress` of each tensor that a model takes from it ("loading", in bytes of
/// the file), and throwing an Error of kind kCancelled instead once `cancel` is. For the one thread
/// that builds the model.
std::shared_ptr<const checkpoint::WeightSource> watched(
    std::shared_ptr<const checkpoint::WeightSource> source, ProgressCallback progress,
    CancelToken cancel);

}  // namespace orrery
