#pragma once

#include "app/cli/command.h"
#include "app/cli/runtime.h"

namespace orrery::cli {

/// Adds --model, --dtype, --device, --quantization and --threads, which every command that loads a
/// model understands.
void addLoadOptions(CLI::App& command, LoadOptions& options);

}  // namespace orrery::cli
