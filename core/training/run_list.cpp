#include "core/training/run_list.h"

#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/training/run_layout.h"
#include "core/training/run_times.h"

namespace orrery::training {
namespace {

namespace fs = std::filesystem;

constexpr int kDepth = 3;
constexpr std::size_t kMostRuns = 1000;
constexpr std::uint64_t kSmallFile = 64u << 20;
constexpr std::uint64_t kMetricsFile = 16u << 20;

double modifiedAt(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * status.st_mtim.tv_nsec;
}

Json readObject(const fs::path& path) {
  Json json = parseJson(readTextFile(path, kSmallFile), path.string());
  if (!json.is_object())
    throw Error(ErrorKind::kInvalidInput, "expected an object").in(path.string());
  return json;
}

/// The last line may be half written.
std::vector<Json> readMetrics(const fs::path& folder) {
  std::vector<Json> lines;
  if (!fs::exists(folder / "metrics.jsonl")) return lines;
  std::istringstream text(readTextFile(folder / "metrics.jsonl", kMetricsFile));
  for (std::string line; std::getline(text, line);) {
    Json json = Json::parse(line, nullptr, false);
    if (json.is_object()) lines.push_back(std::move(json));
  }
  const auto times = readTimes(folder);
  for (std::size_t i = 0; i < std::min(times.size(), lines.size()); ++i)
    lines[i]["seconds"] = times[i];
  return lines;
}

void readState(const fs::path& file, RunSummary& run) {
  const Json document = readObject(file);
  const JsonField state(document, file.string());
  run.step = state.get("global_step", std::int64_t{0});
  run.bestStep = state.get("best_global_step", std::int64_t{0});
  if (state.has("best_metric")) run.best = state.require<double>("best_metric");
}

bool isRun(const fs::path& folder) {
  return fs::exists(folder / "training_args.json") &&
         (fs::exists(folder / "metrics.jsonl") || newestCheckpoint(folder));
}

void readParts(RunSummary& run) {
  const fs::path& folder = run.folder;
  run.settings = readObject(folder / "training_args.json");
  run.metrics = readMetrics(folder);
  // Checkpoints beyond the model are of a run that went on and was stopped.
  const fs::path end = folder / "trainer_state.json";
  if (fs::exists(end)) readState(end, run);
  const std::int64_t newest = run.checkpoints.empty() ? 0 : run.checkpoints.back();
  if (fs::exists(end) && newest <= run.step && fs::exists(folder / "model.safetensors"))
    run.state = RunSummary::State::kFinished;
  else if (newest > 0)
    readState(checkpointFolder(folder, newest) / "trainer_state.json", run);
  const fs::path part = newest > 0 ? checkpointFolder(folder, newest) : folder;
  if (fs::exists(part / "config.json"))
    run.modelType = readObject(part / "config.json").value("model_type", "");
  else if (const Json config = run.settings.value("config", Json()); config.is_object())
    run.modelType = config.value("model_type", "");
}

RunSummary summaryOf(const fs::path& folder) {
  RunSummary run{.folder = folder};
  run.checkpoints = checkpointSteps(folder);
  run.modifiedAt = std::max(modifiedAt(folder), modifiedAt(folder / "metrics.jsonl"));
  try {
    readParts(run);
  } catch (const std::exception& error) {
    run.problem = error.what();
  }
  return run;
}

void look(const fs::path& folder, int depth, const CancelToken& cancel,
          std::vector<RunSummary>& runs) {
  cancel.throwIfCancelled();
  if (runs.size() >= kMostRuns) return;
  if (isRun(folder)) {
    runs.push_back(summaryOf(folder));
    return;
  }
  if (depth == 0) return;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    const bool hidden = entry.path().filename().string().starts_with('.');
    if (!hidden && !entry.is_symlink(ignored) && entry.is_directory(ignored))
      look(entry.path(), depth - 1, cancel, runs);
  }
}

}  // namespace

std::vector<RunSummary> listRuns(const fs::path& folder, const CancelToken& cancel) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(ErrorKind::kNotFound, "there is no such folder").in(folder.string());
  std::vector<RunSummary> runs;
  look(folder, kDepth, cancel, runs);
  std::sort(runs.begin(), runs.end(),
            [](const auto& a, const auto& b) { return a.modifiedAt > b.modifiedAt; });
  return runs;
}

}  // namespace orrery::training
