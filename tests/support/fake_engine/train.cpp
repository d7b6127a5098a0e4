#include "tests/support/fake_engine/train.h"

#include <signal.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <thread>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/pause.h"

namespace orrery::protocol {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "fake_run.json";
constexpr int kEvery = 5;  // steps of an evaluation and a checkpoint

/// Of the run that goes on.
PauseToken& pauseOfRun() {
  static PauseToken pause;
  return pause;
}

void sleep(int milliseconds, const CancelToken& cancel) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (std::chrono::steady_clock::now() < end && !cancel.cancelled())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

class FakeRun {
 public:
  FakeRun(const TrainScript& script, const Json& settings, RequestContext& context)
      : script_(script), context_(context) {
    const fs::path folder = settings.at("output_dir").get<std::string>();
    fs::create_directories(folder);
    if (fs::exists(folder / kFile))
      run_ = readMessage<TrainingRun>(readJsonFile(folder / kFile), kFile);
    resumed_ = run_.step > 0;
    run_.folder = folder.string();
    run_.settings = settings;
    run_.modelType = "patchtst";
    run_.state = "stopped";
    run_.canGoOn = true;
  }

  TrainResult train() {
    pauseOfRun().set(false);
    while (run_.step < script_.steps) {
      if (pauseOfRun().paused()) save();
      pauseOfRun().wait(context_.cancel);
      if (context_.cancel.cancelled()) {
        save();
        context_.cancel.throwIfCancelled();
      }
      if (!resumed_ && script_.crashAt && run_.step + 1 == *script_.crashAt) ::raise(SIGKILL);
      if (script_.error && run_.step == 3) throw Error(ErrorKind::kInvalidInput, *script_.error);
      step();
    }
    run_.state = "finished";
    run_.canGoOn = false;
    save();
    return {{{"global_step", run_.step}, {"test_mse", 0.25}, {"test_naive_mse", 0.5}}};
  }

 private:
  void step() {
    sleep(script_.stepMs, context_.cancel);
    ++run_.step;
    const double loss = 0.1 + std::pow(0.5, static_cast<double>(run_.step));
    tell({{"loss", loss}, {"learning_rate", 1e-3}, {"grad_norm", 2 * loss}});
    if (run_.step % kEvery == 0) {
      tell({{"eval_loss", loss + 0.05}});
      run_.bestMetric = loss + 0.05;
      run_.bestStep = run_.step;
      save();
    }
    context_.progress({.what = "training",
                       .unit = "steps",
                       .done = static_cast<double>(run_.step),
                       .total = static_cast<double>(script_.steps),
                       .rate = 10,
                       .secondsLeft = 1.0});
  }

  void tell(Json line) {
    line["step"] = run_.step;
    line["epoch"] = 0.1 * static_cast<double>(run_.step);
    line["seconds"] = 0.5 * static_cast<double>(run_.step);
    run_.metrics.push_back(line);
    context_.notify(TrainMetrics{{}, line});
  }

  void save() {
    if (run_.step > 0 && (run_.checkpoints.empty() || run_.checkpoints.back() != run_.step))
      run_.checkpoints.push_back(run_.step);
    writeFileAtomically(fs::path(run_.folder) / kFile, toJson(run_).dump());
  }

  const TrainScript& script_;
  RequestContext& context_;
  TrainingRun run_;
  bool resumed_ = false;
};

ListTrainingsResult list(const ListTrainingsParams& params) {
  ListTrainingsResult result;
  for (const auto& entry : fs::recursive_directory_iterator(params.folder))
    if (entry.path().filename() == kFile) {
      auto run = readMessage<TrainingRun>(readJsonFile(entry.path()), kFile);
      run.modifiedAt = 1.7e9 + static_cast<double>(result.runs.size());
      result.runs.push_back(std::move(run));
    }
  return result;
}

}  // namespace

void serveTraining(Server& server, const TrainScript& script) {
  server.on<TrainParams>([&script](const TrainParams& params, RequestContext& context) {
    if (script.refuse) throw Error(ErrorKind::kInvalidInput, *script.refuse);
    return FakeRun(script, params.settings, context).train();
  });
  server.on<SteerTrainingParams>([](const SteerTrainingParams& params, RequestContext&) {
    pauseOfRun().set(params.paused);
    return Done{};
  });
  server.on<MeasureTrainingParams>(
      [&script](const MeasureTrainingParams&, RequestContext& context) {
        sleep(script.measureMs, context.cancel);
        context.cancel.throwIfCancelled();
        if (script.refuse) throw Error(ErrorKind::kInvalidInput, *script.refuse);
        return MeasureTrainingResult{.parameters = 204000,
                                     .columns = {"a", "b"},
                                     .windows = {1000, 200, 200},
                                     .memory = {.weightBytes = 1 << 20,
                                                .totalBytes = 300 << 20,
                                                .availableBytes = std::int64_t{4} << 30},
                                     .steps = 60,
                                     .stepsPerEpoch = 8,
                                     .secondsPerStep = 0.5,
                                     .totalSeconds = 31};
      });
  server.on<ListTrainingsParams>(
      [](const ListTrainingsParams& params, RequestContext&) { return list(params); });
}

}  // namespace orrery::protocol
