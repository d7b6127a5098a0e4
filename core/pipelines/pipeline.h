#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/job.h"
#include "core/checkpoint/checkpoint.h"
#include "core/pipelines/input.h"
#include "core/pipelines/options.h"
#include "core/pipelines/result.h"

namespace orrery {

namespace pipelines {

/// Told of what a task has found so far, as a document whose form the task says.
using PartialCallback = std::function<void(const OrderedJson&)>;

/// A task with its model in memory: from raw input to a result that means something, as the
/// pipelines of transformers 5.18 do it (question-answering and text2text-generation: 4.57).
class Pipeline {
 public:
  virtual ~Pipeline() = default;

  /// Runs on one input. Options are those of the task, by transformers' names; one that it does not
  /// have is an Error that lists those it has. Progress and cancellation go through `context`. May
  /// be called from several threads.
  virtual Result run(const Input& input, const Options& options = {},
                     const JobContext& context = {}) const = 0;

  /// The same, and tells `partial`, on this thread, of what is found before the end: for
  /// automatic-speech-recognition as PROTOCOL.md has it. Other tasks have nothing to tell.
  virtual Result runStreamed(const Input& input, const Options& options, const JobContext& context,
                             const PartialCallback& partial) const {
    (void)partial;
    return run(input, options, context);
  }
};

/// A task of this build.
struct TaskSummary {
  std::string name;
  std::vector<std::string> aliases;
  std::string description;  ///< one sentence
  std::vector<OptionInfo> options;
  bool takesSounds = false;  ///< its input is a sound
};

std::vector<TaskSummary> tasks();
/// The task of that name or alias; an Error lists the tasks if there is none.
TaskSummary findTask(const std::string& name);

/// The pipeline of an opened checkpoint. `dtype` is "auto" (as stored), "float32", "bfloat16" or
/// "float16".
std::unique_ptr<Pipeline> makePipeline(const std::string& task, checkpoint::Checkpoint checkpoint,
                                       const std::string& dtype = "auto");

}  // namespace pipelines

/// Loads the model at `path` (a checkpoint folder or a .gguf file) for a task:
///
///     auto classifier = orrery::pipeline("text-classification", "models/sst2");
///     auto result = classifier->run("A fine film", {{"top_k", 2}});
///     std::puts(orrery::pipelines::toJson(result).dump().c_str());
///
/// Throws an Error if there is no such task, if the model has not the head that it needs (naming
/// the tasks that it has one for), or if it cannot be loaded.
std::unique_ptr<pipelines::Pipeline> pipeline(const std::string& task,
                                              const std::filesystem::path& path,
                                              const std::string& dtype = "auto");

}  // namespace orrery
