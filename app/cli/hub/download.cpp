#include <cstdio>
#include <memory>

#include "app/cli/hub/download_model.h"
#include "app/cli/hub/hub_commands.h"
#include "core/base/amounts.h"

namespace orrery::cli {
namespace {

struct Options : HubOptions {
  std::string model;
  std::string revision;
  hub::FileChoice choice;
  bool dryRun = false;
  double limit = 0;  ///< bytes per second
};

Json planJson(const hub::DownloadPlan& plan) {
  Json files = Json::array();
  for (const hub::PlannedFile& planned : plan.files)
    files.push_back({{"path", planned.file.path},
                     {"size", planned.file.size},
                     {"present", planned.present},
                     {"bytes_left", planned.left()}});
  return {{"id", plan.id},
          {"revision", plan.revision},
          {"commit", plan.tree.commit},
          {"files", std::move(files)},
          {"bytes_wanted", plan.bytesWanted()},
          {"bytes_left", plan.bytesLeft()},
          {"bytes_in_repository", plan.bytesInRepository()}};
}

void printPlan(const hub::DownloadPlan& plan) {
  for (const hub::PlannedFile& planned : plan.files)
    fmt::print("{:>10}  {:<9} {}\n", bytesText(planned.file.size),
               planned.present    ? "here"
               : planned.here > 0 ? "in part"
                                  : "to fetch",
               planned.file.path);
}

int runDownload(const Options& options) {
  hub::ModelReference model = hub::parseModelReference(options.model);
  if (!options.revision.empty()) model.revision = options.revision;
  hub::checkedPath(model.revision);
  const hub::Settings settings = options.settings();
  hub::HttpClient client(settings);
  const auto [cache, plan] =
      planFor(client, {settings.cacheFolder}, model, options.choice, cancelOnInterrupt());
  std::fprintf(stderr, "%s\n", describePlan(plan, options.choice).c_str());
  Json result = planJson(plan);
  std::string folder;
  if (!options.dryRun) {
    folder = downloadWithProgress(client, cache, plan, options.limit).string();
    result["path"] = folder;
  }
  if (options.json)
    printJson(result);
  else if (options.dryRun)
    printPlan(plan);
  else
    std::puts(folder.c_str());
  return kDone;
}

}  // namespace

void addHubDownloadCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand(
      "download", "Fetch what this program needs of a model (or the files named) into the cache");
  const auto options = std::make_shared<Options>();
  command->add_option("model", options->model, "org/name[@revision]")->required();
  command->add_option("files", options->choice.names, "These files only");
  command->add_option("--revision", options->revision, "Branch, tag or commit");
  command->add_option("--include", options->choice.include, "Files that match a pattern: *.gguf");
  command->add_option("--exclude", options->choice.exclude, "But none that matches this one");
  command->add_flag("--all", options->choice.all, "Every file of the repository");
  command->add_flag("--dry-run", options->dryRun, "Only say what would be fetched");
  command->add_flag("--offline", options->offline, "Do not ask the hub");
  command->add_option("--limit", options->limit, "Bytes per second at most: 500k, 20M")
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, double>{{"k", 1e3}, {"M", 1e6}, {"G", 1e9}}))
      ->check(CLI::Range(0.0, 1e12));
  addHubOptions(*command, *options);
  command->callback([&run, options] { run = [options] { return runDownload(*options); }; });
}

}  // namespace orrery::cli
