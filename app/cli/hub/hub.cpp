// hub: models on the hub and in the cache that is shared with huggingface_hub. Each subcommand has
// a file of its own.

#include <cstdio>

#include "app/cli/commands.h"
#include "app/cli/hub/hub_commands.h"

namespace orrery::cli {

hub::Settings HubOptions::settings() const {
  auto settings = hub::Settings::fromEnvironment();
  if (!cacheFolders.empty()) {
    settings.cacheFolder = cacheFolders.front();
    settings.otherCaches.assign(cacheFolders.begin() + 1, cacheFolders.end());
  }
  if (offline) settings.offline = true;
  return settings;
}

void addHubOptions(CLI::App& command, HubOptions& options) {
  command
      .add_option("--cache-dir", options.cacheFolders,
                  "Folder of the cache, or several: this option again; else HF_HUB_CACHE or "
                  "huggingface_hub's own, and ORRERY_HUB_CACHES")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_flag("--json", options.json, "Print one JSON document");
}

void printJson(const Json& document) {
  std::puts(document.dump(1, ' ', false, Json::error_handler_t::replace).c_str());
}

void addHubCommand(CLI::App& app, Run& run) {
  auto* hub = app.add_subcommand(
      "hub", "Find, judge and download models, and look after the cache of models");
  hub->require_subcommand(1);
  for (const AddCommand add :
       {addHubSearchCommand, addHubInfoCommand, addHubFilesCommand, addHubCardCommand,
        addHubDiffCommand, addHubDownloadCommand, addHubScanCommand, addHubVerifyCommand,
        addHubDeleteCommand, addHubPruneCommand, addHubLoginCommand, addHubLogoutCommand,
        addHubWhoamiCommand})
    add(*hub, run);
}

}  // namespace orrery::cli
