#include "app/cli/engine_pipeline.h"
#include "app/cli/hub/model_argument.h"

#include <chrono>

#include "core/protocol/fields.h"

namespace orrery::engine {
namespace {

using protocol::RunPipelineParams;
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Whether one loaded pipeline serves both.
bool samePipeline(const RunPipelineParams& a, const RunPipelineParams& b) {
  return a.task == b.task && a.path == b.path && a.device == b.device && a.dtype == b.dtype &&
         a.threads == b.threads;
}

}  // namespace

protocol::RunPipelineResult PipelineStore::run(const RunPipelineParams& params,
                                               protocol::RequestContext& context) {
  const Turns::Turn turn(turns_, context.cancel);
  protocol::RunPipelineResult result;
  if (!pipeline_ || !samePipeline(loadedFor_, params)) {
    const auto start = Clock::now();
    pipeline_.reset();  // first, so that two models are not in memory at once
    pipeline_ = runtime().pipeline(params.task, {.model = cli::cachedModelPath(params.path),
                                                 .className = {},
                                                 .dtype = params.dtype,
                                                 .device = params.device,
                                                 .threads = params.threads,
                                                 .progress = context.progress,
                                                 .cancel = context.cancel});
    loadedFor_ = params;
    result.loadSeconds = secondsSince(start);
  }
  const auto start = Clock::now();
  std::string arrays;
  result.result = pipeline_->run(
      OrderedJson(params.input), OrderedJson(params.options), {context.cancel, context.progress},
      &arrays, [&](const OrderedJson& partial) {
        context.notify(protocol::PipelinePartial{.request = {}, .partial = Json(partial)});
      });
  result.runSeconds = secondsSince(start);
  if (!arrays.empty()) result.arrays = context.sendArrays(std::move(arrays));
  return result;
}

protocol::TasksResult pipelineTasks() {
  protocol::TasksResult result;
  const Json tasks = runtime().tasks();
  protocol::fromJson(JsonField(tasks, "tasks"), result.tasks);
  return result;
}

}  // namespace orrery::engine
