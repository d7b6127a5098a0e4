#pragma once

#include <filesystem>
#include <optional>

#include "core/training/optimizer.h"
#include "core/training/trainable.h"

namespace orrery::training {

/// What a run knows beside tensors, as trainer_state.json holds it.
struct RunState {
  std::int64_t step = 0;  ///< steps done; the position in the data and all random numbers
                          ///< follow from it and the seed
  OrderedJson log = OrderedJson::array();  ///< every metrics line so far
  std::optional<double> best;              ///< of the metric that decides
  std::int64_t bestStep = 0;               ///< 0: none yet
  std::int64_t worse = 0;                  ///< evaluations since the best one
  bool evaluationIsDue = false;            ///< of `step`: the run was stopped before its end
  bool stopped = false;                    ///< by early stopping
  double lossSum = 0;                      ///< of the steps since the last line of the log
  std::int64_t lossCount = 0;
};

/// The folder that a run writes: checkpoints in folders "checkpoint-STEP", each written whole
/// beside its place and renamed, so that a crash or a full disk at any moment leaves the older
/// ones.
class RunFolder {
 public:
  /// Makes the folder; what a killed run left half done in it is removed.
  explicit RunFolder(std::filesystem::path path);

  /// Writes the checkpoint of `state.step`. An Error leaves nothing of it behind.
  void save(const RunState& state, const Trainable& trainable, const Optimizer& optimizer,
            const TrainingSettings& settings) const;
  /// Removes the oldest checkpoints beyond `limit`, but never that of `best`. 0: keeps all.
  void prune(std::int64_t limit, std::int64_t best) const;
  /// Writes the trained model itself, as a folder that transformers opens.
  void writeModel(const RunState& state, const Trainable& trainable,
                  const TrainingSettings& settings) const;
  /// Writes training_args.json, by which a run is known from its beginning on.
  void writeSettings(const TrainingSettings& settings) const;
  /// Replaces metrics.jsonl by the lines of `log`.
  void writeMetrics(const OrderedJson& log) const;
  /// Adds one line.
  void appendMetrics(const OrderedJson& line) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Reads what save() wrote into the model and the optimizer. An Error names the file and what is
/// wrong in it.
RunState resume(const std::filesystem::path& checkpoint, const Trainable& trainable,
                const Optimizer& optimizer);

}  // namespace orrery::training
