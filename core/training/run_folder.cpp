#include "core/training/run_folder.h"

#include <algorithm>
#include <fstream>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/checkpoint/safetensors.h"
#include "core/nn/weights.h"
#include "core/training/run_layout.h"

namespace orrery::training {
namespace {

namespace fs = std::filesystem;
using checkpoint::DType;

constexpr const char* kHalf = ".partial";  ///< of what is being written or removed

checkpoint::NamedTensors named(const std::vector<nn::Parameters::Entry>& entries) {
  checkpoint::NamedTensors result;
  for (const auto& [name, value] : entries)
    result.emplace_back(
        name,
        nn::viewOf(value.detach(), value.scalar_type() == at::kLong ? DType::kI64 : DType::kF32));
  return result;
}

OrderedJson documentOf(const RunState& state) {
  return {{"global_step", state.step},
          {"best_metric", state.best ? OrderedJson(*state.best) : OrderedJson()},
          {"best_global_step", state.bestStep},
          {"best_model_checkpoint", state.bestStep > 0
                                        ? OrderedJson(checkpointFolder({}, state.bestStep).string())
                                        : OrderedJson()},
          {"evaluations_without_better", state.worse},
          {"evaluation_is_due", state.evaluationIsDue},
          {"stopped_early", state.stopped},
          {"loss_sum", state.lossSum},
          {"loss_count", state.lossCount},
          {"log_history", state.log}};
}

void writeConfig(const fs::path& folder, const RunState& state, const Trainable& trainable,
                 const TrainingSettings& settings) {
  writeFileAtomically(folder / "config.json", trainable.config.dump(2) + "\n");
  writeFileAtomically(folder / "trainer_state.json", documentOf(state).dump(2) + "\n");
  writeFileAtomically(folder / "training_args.json", settings.toJson().dump(2) + "\n");
}

void writeWeights(const fs::path& folder, const Trainable& trainable) {
  checkpoint::writeSafetensors(folder / "model.safetensors", named(trainable.tensors()),
                               {{"format", "pt"}});
}

}  // namespace

RunFolder::RunFolder(fs::path path) : path_(std::move(path)) {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) throw Error(ErrorKind::kIo, "cannot be made: {}", error.message()).in(path_.string());
  for (const auto& entry : fs::directory_iterator(path_))
    if (entry.path().filename().string().ends_with(kHalf)) fs::remove_all(entry.path(), error);
}

void RunFolder::save(const RunState& state, const Trainable& trainable, const Optimizer& optimizer,
                     const TrainingSettings& settings) const {
  const fs::path place = checkpointFolder(path_, state.step), half = place.string() + kHalf;
  std::error_code ignored;
  fs::remove_all(half, ignored);
  try {
    fs::create_directory(half);
    writeWeights(half, trainable);
    checkpoint::writeSafetensors(half / "optimizer.safetensors", named(optimizer.state()));
    writeConfig(half, state, trainable, settings);
    if (fs::exists(place)) fs::remove_all(place);
    fs::rename(half, place);
  } catch (const fs::filesystem_error& error) {
    fs::remove_all(half, ignored);
    throw Error(ErrorKind::kIo, "the checkpoint cannot be written: {}", error.code().message())
        .in(place.string());
  } catch (Error& error) {
    fs::remove_all(half, ignored);
    error.in("the checkpoint of step " + std::to_string(state.step));
    throw;
  }
}

void RunFolder::prune(std::int64_t limit, std::int64_t best) const {
  if (limit == 0) return;
  auto found = checkpointSteps(path_);
  std::erase(found, best);
  const auto kept = static_cast<std::size_t>(limit) - (best > 0 && limit > 1 ? 1 : 0);
  for (std::size_t i = 0; i + kept < found.size(); ++i) {
    // Renamed first: a folder that is half removed must not look like a checkpoint.
    const fs::path place = checkpointFolder(path_, found[i]), half = place.string() + kHalf;
    std::error_code error;
    fs::rename(place, half, error);
    fs::remove_all(half, error);
  }
}

void RunFolder::writeModel(const RunState& state, const Trainable& trainable,
                           const TrainingSettings& settings) const {
  writeWeights(path_, trainable);
  writeConfig(path_, state, trainable, settings);
}

void RunFolder::writeSettings(const TrainingSettings& settings) const {
  writeFileAtomically(path_ / "training_args.json", settings.toJson().dump(2) + "\n");
}

void RunFolder::writeMetrics(const OrderedJson& log) const {
  std::string lines;
  for (const auto& line : log) lines += line.dump() + "\n";
  writeFileAtomically(path_ / "metrics.jsonl", lines);
}

void RunFolder::appendMetrics(const OrderedJson& line) const {
  const auto path = path_ / "metrics.jsonl";
  std::ofstream file(path, std::ios::app);
  file << line.dump() << std::endl;
  if (!file)
    throw Error(ErrorKind::kIo, "cannot be written: the disk may be full").in(path.string());
}

RunState resume(const fs::path& checkpoint, const Trainable& trainable,
                const Optimizer& optimizer) {
  const auto path = checkpoint / "trainer_state.json";
  const Json document = readJsonFile(path);
  const JsonField field(document, path.string());
  RunState state;
  state.step = field.require<std::int64_t>("global_step");
  if (field.has("best_metric")) state.best = field.require<double>("best_metric");
  state.bestStep = field.get("best_global_step", std::int64_t{0});
  state.worse = field.get("evaluations_without_better", std::int64_t{0});
  state.evaluationIsDue = field.get("evaluation_is_due", false);
  state.stopped = field.get("stopped_early", false);
  state.lossSum = field.get("loss_sum", 0.0);
  state.lossCount = field.get("loss_count", std::int64_t{0});
  state.log = OrderedJson::parse(readTextFile(path))["log_history"];
  trainable.restore(*checkpoint::SafetensorsFile::open(checkpoint / "model.safetensors"));
  copyInto(optimizer.state(),
           *checkpoint::SafetensorsFile::open(checkpoint / "optimizer.safetensors"));
  return state;
}

}  // namespace orrery::training
