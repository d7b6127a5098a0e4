#pragma once

#include <string>
#include <vector>

#include "app/cli/command.h"
#include "core/base/json.h"
#include "core/hub/repository_tree.h"
#include "core/hub/settings.h"

namespace orrery::cli {

void addHubSearchCommand(CLI::App& hub, Run& run);
void addHubInfoCommand(CLI::App& hub, Run& run);
void addHubFilesCommand(CLI::App& hub, Run& run);
void addHubCardCommand(CLI::App& hub, Run& run);
void addHubDiffCommand(CLI::App& hub, Run& run);
void addHubDownloadCommand(CLI::App& hub, Run& run);
void addHubScanCommand(CLI::App& hub, Run& run);
void addHubVerifyCommand(CLI::App& hub, Run& run);
void addHubDeleteCommand(CLI::App& hub, Run& run);
void addHubPruneCommand(CLI::App& hub, Run& run);
void addHubLoginCommand(CLI::App& hub, Run& run);
void addHubLogoutCommand(CLI::App& hub, Run& run);
void addHubWhoamiCommand(CLI::App& hub, Run& run);

/// The cache folders that a command uses, and whether it may ask the hub.
struct HubOptions {
  /// Empty: as huggingface_hub has it, and those of ORRERY_HUB_CACHES. Else the first is written
  /// to.
  std::vector<std::string> cacheFolders;
  bool offline = false;
  bool json = false;

  hub::Settings settings() const;
};

/// Adds --cache-dir and --json.
void addHubOptions(CLI::App& command, HubOptions& options);

/// Path, size and hashes of a file.
Json fileJson(const hub::RepositoryFile& file);

/// One document on standard output; bytes that are no UTF-8 are replaced.
void printJson(const Json& document);

}  // namespace orrery::cli
