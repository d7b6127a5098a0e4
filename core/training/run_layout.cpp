#include "core/training/run_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/base/error.h"

namespace orrery::training {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "checkpoint-";

/// Settings that a run may change when it goes on.
constexpr const char* kFree[] = {
    "output_dir",       "resume_from_checkpoint",    "logging_steps", "save_steps", "save_strategy",
    "save_total_limit", "per_device_eval_batch_size"};

void refuseOtherSettings(const fs::path& checkpoint, const TrainingSettings& settings) {
  const auto path = checkpoint / "training_args.json";
  // A run of before some setting was there had its default.
  Json before = Json::parse(TrainingSettings().toJson().dump());
  before.update(readJsonFile(path));
  const Json now = Json::parse(settings.toJson().dump());
  for (const auto& [key, value] : now.items()) {
    if (std::find(std::begin(kFree), std::end(kFree), key) != std::end(kFree)) continue;
    if (before.value(key, Json()) != value)
      throw Error(ErrorKind::kInvalidInput,
                  "{} was {} and is {} now: a run goes on with the settings that it began with",
                  key, before.value(key, Json()).dump(), value.dump())
          .in(path.string());
  }
}

}  // namespace

fs::path checkpointFolder(const fs::path& run, std::int64_t step) {
  return run / fmt::format("{}{}", kPrefix, step);
}

std::vector<std::int64_t> checkpointSteps(const fs::path& run) {
  std::vector<std::int64_t> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(run, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const std::string digits = name.substr(kPrefix.size());
    if (!digits.empty() && digits.size() < 18 &&
        std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c); }))
      found.push_back(std::stoll(digits));
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<fs::path> newestCheckpoint(const fs::path& run) {
  const auto found = checkpointSteps(run);
  return found.empty() ? std::nullopt : std::optional(checkpointFolder(run, found.back()));
}

std::optional<fs::path> startingPoint(const TrainingSettings& settings) {
  const OrderedJson& from = settings.resumeFromCheckpoint;
  std::optional<fs::path> checkpoint;
  if (from.is_string())
    checkpoint = from.get<std::string>();
  else if (from.is_boolean() && from.get<bool>())
    checkpoint = newestCheckpoint(settings.outputDir);  // none: it was killed before the first
  else if (newestCheckpoint(settings.outputDir))
    throw Error(ErrorKind::kInvalidInput,
                "holds checkpoints of a run: set resume_from_checkpoint to go on with it, or name "
                "another folder")
        .in(settings.outputDir);
  if (checkpoint) refuseOtherSettings(*checkpoint, settings);
  return checkpoint;
}

}  // namespace orrery::training
