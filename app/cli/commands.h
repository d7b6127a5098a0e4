#pragma once

#include "app/cli/command.h"

namespace orrery::cli {

void addBenchCommand(CLI::App& app, Run& run);
void addChatCommand(CLI::App& app, Run& run);
void addForwardCommand(CLI::App& app, Run& run);
void addEngineCommand(CLI::App& app, Run& run);
void addTemplateCommand(CLI::App& app, Run& run);
void addGenerateCommand(CLI::App& app, Run& run);
void addCompareCommand(CLI::App& app, Run& run);
void addHubCommand(CLI::App& app, Run& run);
void addInfoCommand(CLI::App& app, Run& run);
void addPreprocessCommand(CLI::App& app, Run& run);
void addRunCommand(CLI::App& app, Run& run);
void addInspectCommand(CLI::App& app, Run& run);
void addTableCommand(CLI::App& app, Run& run);
void addTokenizeCommand(CLI::App& app, Run& run);
void addTrainCommand(CLI::App& app, Run& run);

/// In the order of --help.
inline constexpr AddCommand kCommands[] = {
    addRunCommand,      addChatCommand,     addGenerateCommand,   addCompareCommand,
    addTokenizeCommand, addTemplateCommand, addPreprocessCommand, addForwardCommand,
    addInspectCommand,  addBenchCommand,    addTrainCommand,      addHubCommand,
    addInfoCommand,     addEngineCommand,   addTableCommand,
};

}  // namespace orrery::cli
