#pragma once

#include "app/cli/runtime.h"

namespace orrery {

/// Reads pictures or sounds, runs the model's processor over them and the texts, and writes its
/// tensors.
void preprocessFiles(const PreprocessOptions& options);

}  // namespace orrery
