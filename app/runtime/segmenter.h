#pragma once

#include "app/cli/runtime.h"
#include "core/checkpoint/checkpoint.h"

namespace orrery {

/// SAM for vision/segment. An Error lists the tasks of a model that is another.
std::unique_ptr<LoadedSegmenter> makeSegmenter(checkpoint::Checkpoint checkpoint,
                                               const std::string& dtype);

}  // namespace orrery
