#include "app/cli/engine_train.h"

#include "app/cli/engine_stats.h"
#include "app/cli/runtime.h"
#include "core/base/error.h"
#include "core/training/run_list.h"

namespace orrery::engine {
namespace {

constexpr const char* kSource = "settings";

std::string outputOf(const Json& settings) {
  return settings.is_object() && settings.contains("output_dir") &&
                 settings["output_dir"].is_string()
             ? settings["output_dir"].get<std::string>()
             : std::string();
}

protocol::TrainingRun messageOf(training::RunSummary run) {
  const bool finished = run.state == training::RunSummary::State::kFinished;
  return {.folder = run.folder.string(),
          .state = finished ? "finished" : "stopped",
          .canGoOn = !finished && !run.checkpoints.empty() && run.problem.empty(),
          .settings = std::move(run.settings),
          .modelType = std::move(run.modelType),
          .metrics = std::move(run.metrics),
          .checkpoints = std::move(run.checkpoints),
          .step = run.step,
          .bestMetric = run.best,
          .bestStep = run.bestStep,
          .modifiedAt = run.modifiedAt,
          .problem = std::move(run.problem)};
}

}  // namespace

protocol::TrainResult TrainStore::run(const protocol::TrainParams& params,
                                      protocol::RequestContext& context) {
  const std::string name = outputOf(params.settings);
  const PauseToken pause;
  {
    const std::lock_guard lock(mutex_);
    if (!running_.emplace(name, pause).second)
      throw Error(ErrorKind::kInvalidInput, "another run writes to this folder")
          .in("output_dir: " + name);
  }
  struct Leave {
    ~Leave() {
      const std::lock_guard lock(store.mutex_);
      store.running_.erase(name);
    }
    TrainStore& store;
    const std::string& name;
  } const leave{*this, name};
  const auto figures =
      runtime().train(OrderedJson(params.settings), kSource, {context.cancel, context.progress},
                      pause, [&](const OrderedJson& line) {
                        context.notify(protocol::TrainMetrics{{}, Json(line)});
                      });
  return {Json(figures)};
}

protocol::Done TrainStore::steer(const protocol::SteerTrainingParams& params) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(params.run);
  if (found == running_.end())
    throw Error(ErrorKind::kNotFound, "no run that writes there goes on in this engine")
        .in(quoted(params.run));
  found->second.set(params.paused);
  return {};
}

protocol::MeasureTrainingResult measureTraining(const protocol::MeasureTrainingParams& params,
                                                protocol::RequestContext& context) {
  Runtime& computing = runtime();  // loaded by now, so that its memory counts
  const auto before = measureProcess();
  auto result = computing.measureTraining(OrderedJson(params.settings), kSource,
                                          {context.cancel, context.progress});
  protocol::TrainingMemory& memory = result.memory;
  memory.engineBytes += before.residentBytes;
  memory.availableBytes = before.availableBytes;
  memory.totalBytes = memory.weightBytes + memory.gradientBytes + memory.optimizerBytes +
                      memory.activationBytes + memory.engineBytes;
  return result;
}

protocol::ListTrainingsResult listTrainings(const protocol::ListTrainingsParams& params,
                                            protocol::RequestContext& context) {
  protocol::ListTrainingsResult result;
  for (auto& run : training::listRuns(params.folder, context.cancel))
    result.runs.push_back(messageOf(std::move(run)));
  return result;
}

}  // namespace orrery::engine
