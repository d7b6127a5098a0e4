#include "app/cli/hub/download_model.h"

#include <unistd.h>

#include <csignal>

#include "app/cli/hub/progress_line.h"
#include "core/base/amounts.h"

namespace orrery::cli {
namespace {

const CancelToken& interruptToken() {
  static const CancelToken token;
  return token;
}

void onInterrupt(int) {
  interruptToken().cancel();  // an atomic store
}

hub::DownloadPlan planIn(const hub::RepositoryCache& cache, const hub::ModelReference& model,
                         const hub::RepositoryTree& tree, const hub::FileChoice& choice) {
  return hub::planDownload(cache, model.id, model.revision, tree, choice);
}

}  // namespace

CancelToken cancelOnInterrupt() {
  interruptToken();
  std::signal(SIGINT, onInterrupt);
  std::signal(SIGTERM, onInterrupt);
  return interruptToken();
}

hub::RepositoryTree askTree(hub::HttpClient& client, const hub::RepositoryCache& cache,
                            const hub::ModelReference& model, const CancelToken& cancel) {
  const std::string commit = hub::fetchCommit(client, model, cancel);
  if (auto kept = cache.readTree(commit)) return *kept;
  return hub::fetchTree(client, model.id, commit, cancel);
}

PlacedPlan placePlan(const std::vector<std::filesystem::path>& caches,
                     const hub::ModelReference& model, const hub::RepositoryTree& tree,
                     const hub::FileChoice& choice) {
  for (const auto& folder : caches) {
    hub::RepositoryCache cache(folder, model.id);
    auto plan = planIn(cache, model, tree, choice);
    if (plan.complete()) return {std::move(cache), std::move(plan)};
  }
  hub::RepositoryCache first(caches.front(), model.id);
  auto plan = planIn(first, model, tree, choice);
  return {std::move(first), std::move(plan)};
}

PlacedPlan planFor(hub::HttpClient& client, const std::vector<std::filesystem::path>& caches,
                   const hub::ModelReference& model, const hub::FileChoice& choice,
                   const CancelToken& cancel) {
  const hub::RepositoryCache first(caches.front(), model.id);
  if (!client.settings().offline)
    return placePlan(caches, model, askTree(client, first, model, cancel), choice);
  std::optional<PlacedPlan> found;
  for (const auto& folder : caches) {
    hub::RepositoryCache cache(folder, model.id);
    const auto commit = cache.commitOf(model.revision);
    const auto tree = commit ? cache.readTree(*commit) : std::nullopt;
    if (!tree) continue;
    auto plan = planIn(cache, model, *tree, choice);
    if (found && !plan.complete()) continue;
    found = {std::move(cache), std::move(plan)};
    if (found->plan.complete()) break;
  }
  if (found) return std::move(*found);
  throw Error(ErrorKind::kNotFound,
              "revision {} is not in the cache ({}), and the hub is switched off (--offline or "
              "HF_HUB_OFFLINE)",
              quoted(model.revision), caches.front().string())
      .in(model.id);
}

std::string describePlan(const hub::DownloadPlan& plan, const hub::FileChoice& choice) {
  std::size_t missing = 0;
  for (const hub::PlannedFile& file : plan.files) missing += file.present ? 0 : 1;
  const std::uint64_t wanted = plan.bytesWanted();
  const std::uint64_t left = plan.bytesLeft();
  std::string text =
      fmt::format("{}@{}: {} of {} files are missing, {} to fetch", plan.id,
                  plan.tree.commit.substr(0, 8), missing, plan.files.size(), bytesText(left));
  if (wanted > left) text += fmt::format(", {} are here", bytesText(wanted - left));
  const std::uint64_t all = plan.bytesInRepository();
  if (choice.isDefault() && all > wanted)
    text += fmt::format(
        "\n{} of other files of the repository are not needed and left out (--all "
        "takes them)",
        bytesText(all - wanted));
  return text;
}

std::filesystem::path downloadWithProgress(hub::HttpClient& client,
                                           const hub::RepositoryCache& cache,
                                           const hub::DownloadPlan& plan, double bytesPerSecond) {
  hub::DownloadControl control;
  control.bytesPerSecond = bytesPerSecond;
  control.waitForNetwork = ::isatty(STDERR_FILENO) != 0;  // someone is there to end it
  ProgressLine line;
  hub::DownloadEvents events;
  events.progress = [&](const Progress& progress) { line.show(progress); };
  events.notice = [&](const std::string& sentence) { line.say(sentence); };
  if (plan.files.size() <= 50)  // the names of a thousand files help nobody
    events.fileDone = [&](const hub::RepositoryFile& file) {
      line.say(fmt::format("{}  {}", file.path, bytesText(file.size)));
    };
  return hub::download(client, cache, plan, cancelOnInterrupt(), events, &control);
}

}  // namespace orrery::cli
