#include "app/cli/hub/model_argument.h"

#include <csignal>
#include <cstdio>
#include <deque>

#include "app/cli/hub/cached_model.h"
#include "app/cli/hub/download_model.h"
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

/// A model in one of the caches; `lacking` says what is not there.
std::optional<std::string> findCached(const std::vector<fs::path>& folders,
                                      const hub::ModelReference& model,
                                      const hub::FileChoice& choice, std::string& lacking) {
  for (const CachedPlace& place : placesOf(folders, model)) {
    // Without the list of its files a snapshot is taken as it is: whoever opens it misses what is
    // missing.
    const auto tree = place.cache.readTree(place.commit);
    if (!tree) return openedPath(place.snapshot());
    const auto plan = hub::planDownload(place.cache, model.id, model.revision, *tree, choice);
    if (plan.complete()) return openedPath(place.snapshot(), plan);
    lacking = fmt::format("{} of its files are not in the cache", bytesText(plan.bytesLeft()));
  }
  if (lacking.empty())
    lacking = fmt::format("revision {} is not in the cache {}", quoted(model.revision),
                          folders.front().string());
  return std::nullopt;
}

/// From the cache that has it all, else downloaded into the first.
std::string fetchModel(hub::HttpClient& client, const hub::ModelReference& model,
                       const hub::RepositoryTree& tree, const hub::FileChoice& choice) {
  const auto [cache, plan] = placePlan(client.settings().caches(), model, tree, choice);
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
    if (tree) return fetchModel(client, model, *tree, choice);
  }
  std::string lacking;
  if (auto path = findCached(settings.caches(), model, choice, lacking)) {
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
