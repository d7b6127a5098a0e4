// hub scan, verify, delete, prune: what the cache holds and what may go.

#include <fmt/chrono.h>
#include <fmt/ranges.h>

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "app/cli/amounts.h"
#include "app/cli/hub/cached_model.h"
#include "app/cli/hub/deletions.h"
#include "app/cli/hub/download_model.h"
#include "app/cli/hub/hub_commands.h"
#include "app/cli/hub/progress_line.h"
#include "core/base/amounts.h"
#include "core/base/gguf_parts.h"
#include "core/hub/local_collections.h"

namespace orrery::cli {
namespace {

std::int64_t secondsOf(hub::FileTime time) {
  return time.time_since_epoch().count();
}

std::string dateText(hub::FileTime time) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(secondsOf(time)));
}

Json revisionJson(const hub::CachedRevision& revision) {
  Json files = Json::array();
  for (const hub::CachedFile& file : revision.files)
    files.push_back({{"name", file.name},
                     {"size", file.bytes},
                     {"path", file.pointer.string()},
                     {"blob", file.blob.string()}});
  return {{"commit", revision.commit},
          {"refs", revision.refs},
          {"size", revision.bytes},
          {"shared_size", revision.sharedBytes},
          {"modified", secondsOf(revision.modified)},
          {"path", revision.folder.string()},
          {"files", std::move(files)}};
}

Json looseJson(const std::vector<hub::LooseFile>& loose) {
  Json files = Json::array();
  for (const hub::LooseFile& file : loose)
    files.push_back({{"path", file.path.string()}, {"size", file.bytes}});
  return files;
}

Json cacheJson(const hub::CacheScan& scan) {
  Json repositories = Json::array();
  for (const hub::CachedRepository& repository : scan.repositories) {
    Json revisions = Json::array();
    for (const auto& revision : repository.revisions) revisions.push_back(revisionJson(revision));
    repositories.push_back({{"id", repository.id},
                            {"type", repository.type},
                            {"size", repository.bytes},
                            {"accessed", secondsOf(repository.accessed)},
                            {"modified", secondsOf(repository.modified)},
                            {"path", repository.folder.string()},
                            {"revisions", std::move(revisions)},
                            {"unreferenced", looseJson(repository.unreferenced)},
                            {"incomplete", looseJson(repository.incomplete)}});
  }
  Json problems = Json::array();
  for (const auto& problem : scan.problems)
    problems.push_back({{"path", problem.path.string()}, {"message", problem.message}});
  return {{"folder", scan.folder.string()},
          {"size", scan.bytes},
          {"repositories", std::move(repositories)},
          {"problems", std::move(problems)}};
}

std::vector<hub::CacheScan> scanAll(const HubOptions& options) {
  return scanCaches(options.settings().caches(), cancelOnInterrupt());
}

/// Of other programs; looked for unless caches were named.
hub::CollectionScan collectionsFor(const HubOptions& options) {
  if (!options.cacheFolders.empty()) return {};
  return hub::scanCollections(hub::CollectionFolders::fromEnvironment(), cancelOnInterrupt());
}

std::uint64_t sizeOf(const hub::CollectedModel& model) {
  std::uint64_t sum = 0;
  for (const std::string& part : ggufParts(model.file.string())) {
    std::error_code failure;
    if (const auto size = std::filesystem::file_size(part, failure); !failure) sum += size;
  }
  return sum;
}

Json collectionsJson(const hub::CollectionScan& scan) {
  Json models = Json::array();
  for (const hub::CollectedModel& model : scan.models)
    models.push_back({{"program", model.program},
                      {"name", model.name},
                      {"path", model.file.string()},
                      {"size", sizeOf(model)}});
  Json problems = Json::array();
  for (const auto& problem : scan.problems)
    problems.push_back({{"path", problem.path.string()}, {"message", problem.message}});
  return {{"models", std::move(models)}, {"problems", std::move(problems)}};
}

void printCollections(const hub::CollectionScan& scan) {
  for (const hub::CollectedModel& model : scan.models)
    fmt::print("{:>10}  {:<10}  {}\n", bytesText(sizeOf(model)), model.program,
               shownText(model.name));
  for (const auto& problem : scan.problems)
    fmt::print(stderr, "{}: {}\n", problem.path.string(), problem.message);
  if (!scan.models.empty())
    fmt::print("{} models of other programs, used where they are\n", scan.models.size());
}

Json scanJson(const std::vector<hub::CacheScan>& scans) {
  Json caches = Json::array();
  std::uint64_t bytes = 0;
  for (const hub::CacheScan& scan : scans) {
    caches.push_back(cacheJson(scan));
    bytes += scan.bytes;
  }
  return {{"size", bytes}, {"caches", std::move(caches)}};
}

void printScan(const hub::CacheScan& scan) {
  for (const hub::CachedRepository& repository : scan.repositories) {
    fmt::print("{:>10}  {}  {}{}\n", bytesText(repository.bytes), dateText(repository.accessed),
               repository.id,
               repository.type == "model" ? "" : fmt::format(" ({})", repository.type));
    for (const hub::CachedRevision& revision : repository.revisions)
      fmt::print("{:>10}    {}  {}{}\n", bytesText(revision.bytes), revision.commit.substr(0, 12),
                 revision.refs.empty() ? std::string("no branch or tag")
                                       : fmt::format("{}", fmt::join(revision.refs, ", ")),
                 revision.sharedBytes > 0
                     ? fmt::format(", {} of it shared", bytesText(revision.sharedBytes))
                     : "");
    for (const hub::LooseFile& file : repository.incomplete)
      fmt::print("{:>10}    of a download that was not ended: {}\n", bytesText(file.bytes),
                 file.path.filename().string());
  }
  for (const auto& problem : scan.problems)
    fmt::print(stderr, "{}: {}\n", problem.path.string(), problem.message);
  fmt::print("{} in {} repositories, {}\n", bytesText(scan.bytes), scan.repositories.size(),
             scan.folder.string());
}

struct DeleteOptions : HubOptions {
  std::vector<std::string> models;
  bool detached = false;
  bool dryRun = false;
  bool yes = false;
};

/// Asks on a terminal; where nobody can answer, the command was the answer.
bool isWanted(const DeleteOptions& options) {
  if (options.yes || ::isatty(STDIN_FILENO) == 0) return true;
  std::fprintf(stderr, "delete? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

int carryOut(const std::vector<hub::DeletionPlan>& plans, const DeleteOptions& options) {
  const hub::DeletionPlan all = sumOf(plans);
  const std::size_t things = all.repositories.size() + all.snapshots.size();
  std::fprintf(stderr, "%s\n",
               fmt::format("{} to free: {} repositories or revisions, {} blobs",
                           bytesText(all.bytesFreed), things, all.blobs.size())
                   .c_str());
  const bool wanted = !options.dryRun && !all.empty() && isWanted(options);
  const std::uint64_t freed = wanted ? executeDeletions(plans) : 0;
  if (options.json) {
    Json folders = Json::array();
    for (const auto& folder : all.repositories) folders.push_back(folder.string());
    for (const auto& folder : all.snapshots) folders.push_back(folder.string());
    printJson({{"bytes_to_free", all.bytesFreed},
               {"bytes_freed", freed},
               {"folders", std::move(folders)},
               {"blobs", all.blobs.size()}});
  } else if (!options.dryRun) {
    fmt::print("{} freed\n", bytesText(freed));
  }
  return kDone;
}

/// Each model in every cache that has it.
int runDelete(const DeleteOptions& options) {
  std::vector<DeletionTarget> targets;
  for (const std::string& model : options.models) targets.push_back({model, {}});
  return carryOut(planDeletions(scanAll(options), targets), options);
}

int runVerify(const HubOptions& options, const std::string& text) {
  const auto model = hub::parseModelReference(text);
  hub::HttpClient client(options.settings());
  VerifiedModel verified;
  {
    ProgressLine line;
    verified = verifyCached(client, client.settings().caches(), model, cancelOnInterrupt(),
                            [&](const Progress& progress) { line.show(progress); });
  }
  const hub::Verification& result = verified.found;
  if (options.json) {
    Json wrong = Json::array();
    for (const hub::Mismatch& each : result.wrong)
      wrong.push_back({{"path", each.path}, {"expected", each.expected}, {"found", each.found}});
    printJson({{"id", model.id},
               {"commit", verified.commit},
               {"verified", result.verified},
               {"wrong", std::move(wrong)},
               {"not_downloaded", result.missing}});
  } else {
    for (const hub::Mismatch& each : result.wrong)
      fmt::print("{}: its digest is {}, expected {}\n", each.path, each.found, each.expected);
    fmt::print("files as published: {}; not so: {}; not downloaded: {}\n", result.verified.size(),
               result.wrong.size(), result.missing.size());
  }
  return result.wrong.empty() ? kDone : kFailed;
}

}  // namespace

void addHubScanCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand("scan",
                                     "Models in the cache: revisions, sizes, last use; and those "
                                     "of LM Studio, Ollama, GPT4All and llama.cpp");
  const auto options = std::make_shared<HubOptions>();
  addHubOptions(*command, *options);
  command->callback([&run, options] {
    run = [options] {
      const auto scans = scanAll(*options);
      const auto collections = collectionsFor(*options);
      if (options->json) {
        Json document = scanJson(scans);
        document["collections"] = collectionsJson(collections);
        printJson(document);
        return int{kDone};
      }
      for (const hub::CacheScan& scan : scans) printScan(scan);
      printCollections(collections);
      return int{kDone};
    };
  });
}

void addHubVerifyCommand(CLI::App& hub, Run& run) {
  auto* command =
      hub.add_subcommand("verify", "Compare a model in the cache with what was published");
  struct Options : HubOptions {
    std::string model;
  };
  const auto options = std::make_shared<Options>();
  command->add_option("model", options->model, "org/name[@revision]")->required();
  command->add_flag("--offline", options->offline, "Do not ask the hub");
  addHubOptions(*command, *options);
  command->callback(
      [&run, options] { run = [options] { return runVerify(*options, options->model); }; });
}

void addHubDeleteCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand("delete", "Delete models or revisions from the cache");
  const auto options = std::make_shared<DeleteOptions>();
  command->add_option("models", options->models, "org/name, or org/name@REVISION for one revision")
      ->required();
  command->add_flag("--dry-run", options->dryRun, "Only say what would be freed");
  command->add_flag("-y,--yes", options->yes, "Do not ask, on a terminal");
  addHubOptions(*command, *options);
  command->callback([&run, options] { run = [options] { return runDelete(*options); }; });
}

void addHubPruneCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand(
      "prune", "Delete what no revision needs, and what ended downloads left behind");
  const auto options = std::make_shared<DeleteOptions>();
  command->add_flag("--detached", options->detached, "Revisions that no branch or tag names, too");
  command->add_flag("--dry-run", options->dryRun, "Only say what would be freed");
  command->add_flag("-y,--yes", options->yes, "Do not ask, on a terminal");
  addHubOptions(*command, *options);
  command->callback([&run, options] {
    run = [options] {
      const auto scans = scanAll(*options);
      std::vector<hub::DeletionPlan> plans(scans.size());
      addPruning(scans, options->detached, plans);
      return carryOut(plans, *options);
    };
  });
}

}  // namespace orrery::cli
