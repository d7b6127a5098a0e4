#include "core/pipelines/pipeline.h"

#include "core/models/auto_model.h"
#include "core/pipelines/task_registry.h"

namespace orrery {
namespace pipelines {

namespace {

TaskSummary summaryOf(const TaskInfo& task) {
  return {task.name, task.aliases, task.description, task.options, task.takesSounds};
}

}  // namespace

std::vector<TaskSummary> tasks() {
  std::vector<TaskSummary> result;
  for (const TaskInfo& task : taskRegistry().all()) result.push_back(summaryOf(task));
  return result;
}

TaskSummary findTask(const std::string& name) {
  return summaryOf(taskRegistry().find(name));
}

PipelineParts loadParts(const std::string& task, checkpoint::Checkpoint checkpoint,
                        const std::string& dtype) {
  const TaskRegistry& registry = taskRegistry();
  const TaskInfo& info = registry.find(task);
  return withContext(checkpoint.folderOrFile.string(), [&]() -> PipelineParts {
    const JsonField config(checkpoint.config, "config.json");
    auto model = models::loadModel(checkpoint, classForTask(config, info, registry),
                                   kernels::precisionFromName(dtype));
    checkpoint.weights.reset();  // the model has taken its own
    return {std::move(checkpoint), std::move(model)};
  });
}

std::unique_ptr<Pipeline> makePipeline(const std::string& task, checkpoint::Checkpoint checkpoint,
                                       const std::string& dtype) {
  const std::string source = checkpoint.folderOrFile.string();
  PipelineParts parts = loadParts(task, std::move(checkpoint), dtype);
  return withContext(source, [&] { return taskRegistry().find(task).make(std::move(parts)); });
}

}  // namespace pipelines

std::unique_ptr<pipelines::Pipeline> pipeline(const std::string& task,
                                              const std::filesystem::path& path,
                                              const std::string& dtype) {
  pipelines::findTask(task);  // before the checkpoint is looked at
  return pipelines::makePipeline(task, checkpoint::openCheckpoint(path), dtype);
}

}  // namespace orrery
