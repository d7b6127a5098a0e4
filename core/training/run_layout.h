#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/training/settings.h"

/// Where the parts of a run lie in its folder; no LibTorch.
namespace orrery::training {

/// "checkpoint-STEP" in the folder of a run.
std::filesystem::path checkpointFolder(const std::filesystem::path& run, std::int64_t step);
/// Steps of the checkpoints in the folder of a run, in order; none if there is no such folder.
std::vector<std::int64_t> checkpointSteps(const std::filesystem::path& run);
/// The newest checkpoint, or nothing.
std::optional<std::filesystem::path> newestCheckpoint(const std::filesystem::path& run);

/// The checkpoint from which a run of these settings begins, or nothing for one from the start. An
/// Error if the folder holds a run that is not to be gone on with, or one with other settings.
std::optional<std::filesystem::path> startingPoint(const TrainingSettings& settings);

}  // namespace orrery::training
