// orrery-cli engine: serves the protocol (core/protocol/PROTOCOL.md) on standard input and output.

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "app/cli/commands.h"
#include "app/cli/engine_describe.h"
#include "app/cli/engine_generate.h"
#include "app/cli/engine_hub.h"
#include "app/cli/engine_library.h"
#include "app/cli/engine_pipeline.h"
#include "app/cli/engine_sound.h"
#include "app/cli/engine_stats.h"
#include "app/cli/engine_table.h"
#include "app/cli/engine_text.h"
#include "app/cli/engine_train.h"
#include "app/cli/engine_vision.h"
#include "app/cli/hub/model_argument.h"
#include "core/protocol/server.h"

namespace orrery::cli {
namespace {

using protocol::RequestContext;
using protocol::Server;

constexpr int kNiceness = 10;  // below the window, whose events must not wait for a model

/// Ends with the process that started it, even if that is killed, and gives way to it.
void becomeChild() {
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) std::_Exit(kFailed);  // it died before the line above
  ::setpriority(PRIO_PROCESS, 0, kNiceness);
  protocol::ignoreBrokenPipes();
}

/// Standard output for the protocol alone: what a library prints goes to standard error instead.
int takeStandardOutput() {
  const int out = ::dup(STDOUT_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return out;
}

void bindTables(Server& server, engine::TableStore& store) {
  server.on<protocol::OpenTableParams>(
      [&store](const protocol::OpenTableParams& params, RequestContext& context) {
        return store.open(params, context);
      });
  server.on<protocol::TableSeriesParams>(
      [&store](const protocol::TableSeriesParams& params, RequestContext& context) {
        return store.series(params, context);
      });
}

void bindFiles(Server& server, const engine::HubStore& hub) {
  server.on<protocol::ListModelsParams>(
      [&hub](const protocol::ListModelsParams& params, RequestContext& context) {
        return engine::listModels(params, hub.caches.folders(), context.cancel);
      });
  server.on<protocol::InspectParams>([](const protocol::InspectParams& params, RequestContext&) {
    return engine::inspectModel(cli::cachedModelPath(params.path));
  });
  server.on<protocol::StatsParams>([&server](const protocol::StatsParams&, RequestContext&) {
    protocol::StatsResult stats = engine::measureProcess();
    stats.runningRequests = server.running() - 1;
    return stats;
  });
}

void bindText(Server& server, engine::ModelStore& store) {
  server.on<protocol::TokenizeParams>(
      [&store](const protocol::TokenizeParams& params, RequestContext&) {
        return engine::tokenize(store, params);
      });
  server.on<protocol::DetokenizeParams>(
      [&store](const protocol::DetokenizeParams& params, RequestContext&) {
        return engine::detokenize(store, params);
      });
  server.on<protocol::RenderTemplateParams>(
      [&store](const protocol::RenderTemplateParams& params, RequestContext&) {
        return engine::renderTemplate(store, params);
      });
}

void bindModel(Server& server, engine::ModelStore& store) {
  server.on<protocol::LoadModelParams>(
      [&store](const protocol::LoadModelParams& params, RequestContext& context) {
        return store.load(params, context.progress, context.cancel);
      });
  server.on<protocol::GenerateParams>(
      [&store](const protocol::GenerateParams& params, RequestContext& context) {
        return engine::generate(*store.model(), params, context);
      });
  server.on<protocol::ExplainStepParams>(
      [&store](const protocol::ExplainStepParams& params, RequestContext& context) {
        return engine::explainStep(*store.model(), params, context.cancel);
      });
  server.on<protocol::GenerationFieldsParams>(
      [](const protocol::GenerationFieldsParams&, RequestContext&) {
        return engine::generationFields();
      });
}

void bindPipelines(Server& server, engine::PipelineStore& store,
                   engine::SegmenterStore& segmenter) {
  server.on<protocol::RunPipelineParams>(
      [&store](const protocol::RunPipelineParams& params, RequestContext& context) {
        return store.run(params, context);
      });
  server.on<protocol::TasksParams>(
      [](const protocol::TasksParams&, RequestContext&) { return engine::pipelineTasks(); });
  server.on<protocol::SoundOverviewParams>(
      [](const protocol::SoundOverviewParams& params, RequestContext& context) {
        return engine::overviewOfSound(params, context);
      });
  server.on<protocol::SoundModelParams>(
      [](const protocol::SoundModelParams& params, RequestContext&) {
        return engine::modelOfSounds({cli::cachedModelPath(params.path)});
      });
  server.on<protocol::SegmentParams>(
      [&segmenter](const protocol::SegmentParams& params, RequestContext& context) {
        return segmenter.segment(params, context);
      });
}

void bindTraining(Server& server, engine::TrainStore& store) {
  server.on<protocol::TrainParams>(
      [&store](const protocol::TrainParams& params, RequestContext& context) {
        return store.run(params, context);
      });
  server.on<protocol::SteerTrainingParams>(
      [&store](const protocol::SteerTrainingParams& params, RequestContext&) {
        return store.steer(params);
      });
  server.on<protocol::MeasureTrainingParams>(engine::measureTraining);
  server.on<protocol::ListTrainingsParams>(engine::listTrainings);
}

}  // namespace

void addEngineCommand(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand(
      "engine", "Serve the protocol on standard input and output until it is closed");
  command->callback([&run] {
    run = []() -> int {
      becomeChild();
      engine::ModelStore store;
      engine::PipelineStore pipelines;
      engine::SegmenterStore segmenter;
      engine::TrainStore trainings;
      engine::HubStore hub;
      engine::TableStore tables;
      Server server({.engine = "orrery", .engineVersion = ORRERY_VERSION, .pid = ::getpid()},
                    takeStandardOutput());
      bindFiles(server, hub);
      bindTables(server, tables);
      bindText(server, store);
      bindModel(server, store);
      bindPipelines(server, pipelines, segmenter);
      bindTraining(server, trainings);
      engine::bindHub(server, hub);
      server.serve(STDIN_FILENO);
      std::_Exit(kDone);  // at once: nobody is left to wait for what still runs
    };
  });
}

}  // namespace orrery::cli
