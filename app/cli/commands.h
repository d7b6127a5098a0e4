#pragma once

#include "app/cli/command.h"

namespace orrery::cli {

void addInfoCommand(CLI::App& app, Run& run);

/// In the order of --help.
inline constexpr AddCommand kCommands[] = {
    addInfoCommand,
};

}  // namespace orrery::cli
