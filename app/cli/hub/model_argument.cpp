#include "app/cli/hub/model_argument.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <deque>

#include "app/cli/hub/download_model.h"
#include "app/cli/hub/hub_commands.h"
#include "core/base/amounts.h"
#include "core/base/error.h"

namespace orrery::cli {
namespace {

namespace fs = std::filesystem;

struct ModelOption {
  const CLI::App* command;
  std::string* model;
  ModelNeed need;
  bool offline = false;
};

/// Of all commands; a deque, so that the flags stay where they are.
std::deque<ModelOption>& modelOptions() {
  static std::deque<ModelOption> options;
  return options;
}

/// What is opened of a snapshot: the folder, or the GGUF file where that is what has the weights.
/// `names`: the files that are wanted of it.
std::string openedPath(const fs::path& snapshot, const std::vector<std::string>& names) {
  const auto endsWith = [](const char* ending) {
    return [=](const std::string& name) { return name.ends_with(ending); };
  };
  const auto gguf = std::ranges::find_if(names, endsWith(".gguf"));
  const bool others = std::ranges::any_of(names, endsWith(".safetensors")) ||
                      std::ranges::any_of(names, endsWith(".bin"));
  return (gguf == names.end() || others ? snapshot : snapshot / *gguf).string();
}

std::string openedPath(const fs::path& snapshot, const hub::DownloadPlan& plan) {
  std::vector<std::string> names;
  for (const hub::PlannedFile& planned : plan.files) names.push_back(planned.file.path);
  return openedPath(snapshot, names);
}

/// Of a snapshot whose files nobody listed: those that are there.
std::string openedPath(const fs::path& snapshot) {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator at(snapshot, failure), end; !failure && at != end;
       at.increment(failure))
    names.push_back(at->path().filename().string());
  std::ranges::sort(names);
  return openedPath(snapshot, names);
}

/// A model in one of the caches; `lacking` says what is not there.
std::optional<std::string> findCached(const std::vector<fs::path>& folders,
                                      const hub::ModelReference& model,
                                      const hub::FileChoice& choice, std::string& lacking) {
  for (const fs::path& folder : folders) {
    const hub::RepositoryCache cache(folder, model.id);
    const auto commit = cache.commitOf(model.revision);
    std::error_code failure;
    if (!commit || !fs::is_directory(cache.snapshot(*commit), failure)) continue;
    // Without the list of its files a snapshot is taken as it is: whoever opens it misses what is
    // missing.
    if (const auto tree = cache.readTree(*commit)) {
      const auto plan = hub::planDownload(cache, model.id, model.revision, *tree, choice);
      if (!plan.complete()) {
        lacking = fmt::format("{} of its files are not in the cache", bytesText(plan.bytesLeft()));
        continue;
      }
      return openedPath(cache.snapshot(*commit), plan);
    }
    return openedPath(cache.snapshot(*commit));
  }
  if (lacking.empty())
    lacking = fmt::format("revision {} is not in the cache {}", quoted(model.revision),
                          folders.front().string());
  return std::nullopt;
}

/// From the cache that has it all, else downloaded into the first.
std::string fetchModel(hub::HttpClient& client, const hub::ModelReference& model,
                       hub::RepositoryTree tree, const hub::FileChoice& choice) {
  for (const fs::path& folder : client.settings().otherCaches) {
    const hub::RepositoryCache cache(folder, model.id);
    const auto plan = hub::planDownload(cache, model.id, model.revision, tree, choice);
    if (plan.complete()) return openedPath(cache.snapshot(tree.commit), plan);
  }
  const hub::RepositoryCache cache(client.settings().cacheFolder, model.id);
  const auto plan = hub::planDownload(cache, model.id, model.revision, std::move(tree), choice);
  if (!plan.complete()) std::fprintf(stderr, "%s\n", describePlan(plan, choice).c_str());
  return openedPath(downloadWithProgress(client, cache, plan, 0), plan);
}

std::string modelPath(const std::string& text, ModelNeed need, bool offline) {
  std::error_code failure;
  if (fs::exists(text, failure) || !hub::isModelReference(text)) return text;
  const auto model = hub::parseModelReference(text);
  auto settings = hub::Settings::fromEnvironment();
  settings.offline = settings.offline || offline;
  hub::FileChoice choice;
  choice.weights = need == ModelNeed::kAll;
  std::optional<Error> unanswered;
  if (!settings.offline) {
    hub::HttpClient client(settings);
    const hub::RepositoryCache cache(settings.cacheFolder, model.id);
    std::optional<hub::RepositoryTree> tree;
    try {
      tree = askTree(client, cache, model, cancelOnInterrupt());
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kCancelled) throw;
      unanswered = error;
    }
    if (tree) return fetchModel(client, model, std::move(*tree), choice);
  }
  std::string lacking;
  if (auto path = findCached(cachesOf(settings), model, choice, lacking)) {
    if (unanswered) std::fprintf(stderr, "%s; the copy in the cache is used\n", unanswered->what());
    return *path;
  }
  if (unanswered) throw *unanswered;
  throw Error(ErrorKind::kNotFound, "{}, and the hub is switched off (--offline or HF_HUB_OFFLINE)",
              lacking)
      .in(model.id);
}

}  // namespace

void addModelOption(CLI::App& command, std::string& model, const std::string& description,
                    ModelNeed need) {
  ModelOption& option = modelOptions().emplace_back(ModelOption{&command, &model, need});
  command.add_option("--model", model, description + ", or org/name[@revision] of the hub")
      ->required();
  command.add_flag("--offline", option.offline, "Take models of the hub from the cache only");
}

/// Ctrl+C ends a download; what the command then does with it is the command's own.
void resolveParsedModel() {
  const auto onInterrupt = std::signal(SIGINT, SIG_DFL);
  const auto onTerminate = std::signal(SIGTERM, SIG_DFL);
  for (const ModelOption& option : modelOptions())
    if (option.command->parsed())
      *option.model = modelPath(*option.model, option.need, option.offline);
  std::signal(SIGINT, onInterrupt);
  std::signal(SIGTERM, onTerminate);
}

std::string cachedModelPath(const std::string& text) {
  return modelPath(text, ModelNeed::kAll, true);
}

}  // namespace orrery::cli
