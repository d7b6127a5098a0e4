#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/base/json.h"

namespace orrery::training {

/// What the folder of a run tells about it. A run that is being trained looks like one that was
/// stopped.
struct RunSummary {
  enum class State { kFinished, kStopped };

  std::filesystem::path folder;
  State state = State::kStopped;
  Json settings = Json::object();  ///< as TrainingSettings::toJson()
  std::string modelType;
  std::vector<Json> metrics;              ///< each line, with "seconds" where that is known
  std::vector<std::int64_t> checkpoints;  ///< their steps, in order
  std::int64_t step = 0;                  ///< of the newest checkpoint or, at the end, of the model
  std::optional<double> best;             ///< of the metric that decides
  std::int64_t bestStep = 0;
  double modifiedAt = 0;  ///< Unix time
  std::string problem;    ///< one line on what cannot be read; empty: nothing
};

/// The runs in `folder` and in the folders below it, newest first. Follows no links, and looks no
/// deeper than three folders. An Error if there is no such folder; what is wrong with one run is
/// told with it.
std::vector<RunSummary> listRuns(const std::filesystem::path& folder, const CancelToken& cancel);

}  // namespace orrery::training
