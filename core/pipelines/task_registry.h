#pragma once

#include <functional>

#include "core/models/model.h"
#include "core/pipelines/pipeline.h"

namespace orrery::pipelines {

/// What a task builds its pipeline from.
struct PipelineParts {
  checkpoint::Checkpoint checkpoint;  ///< without its weights
  std::unique_ptr<models::Model> model;
};

/// Loads the model of a checkpoint with the head that `task` needs. An Error names the checkpoint.
PipelineParts loadParts(const std::string& task, checkpoint::Checkpoint checkpoint,
                        const std::string& dtype);

/// A task's entry in the registry.
struct TaskInfo {
  std::string name;
  std::vector<std::string> aliases;
  std::string description;
  /// How classes with the head of the task end, the one to load first. Empty: the model without a
  /// head, which every checkpoint has.
  std::vector<std::string> classEndings;
  /// Whether the input is a picture; where there is no head to tell, neither may serve the other.
  bool takesPictures = false;
  bool takesSounds = false;  ///< whether the input is a sound
  bool makesSounds = false;  ///< whether the result is one
  /// The only model types that serve the task; empty: whichever has the class.
  std::vector<std::string> modelTypes = {};
  std::vector<OptionInfo> options;
  std::function<std::unique_ptr<Pipeline>(PipelineParts)> make;
};

/// Tasks by name.
class TaskRegistry {
 public:
  void add(TaskInfo info) { tasks_.push_back(std::move(info)); }
  /// By name or alias; an Error lists the names otherwise.
  const TaskInfo& find(const std::string& name) const;
  const std::vector<TaskInfo>& all() const { return tasks_; }

 private:
  std::vector<TaskInfo> tasks_;
};

/// The registry of this process, filled on the first call.
const TaskRegistry& taskRegistry();

/// The class of transformers that a checkpoint with this config.json is loaded as for `task`. An
/// Error if its `architectures` name another head; it lists the tasks that the model serves.
std::string classForTask(const JsonField& config, const TaskInfo& task,
                         const TaskRegistry& registry);

// Each task's own file.
void addTextClassification(TaskRegistry& registry);
void addTokenClassification(TaskRegistry& registry);
void addFillMask(TaskRegistry& registry);
void addFeatureExtraction(TaskRegistry& registry);
void addQuestionAnswering(TaskRegistry& registry);
void addTextGeneration(TaskRegistry& registry);
void addText2TextGeneration(TaskRegistry& registry);
void addImageClassification(TaskRegistry& registry);
void addZeroShotImageClassification(TaskRegistry& registry);
void addDepthEstimation(TaskRegistry& registry);
void addImageFeatureExtraction(TaskRegistry& registry);
void addObjectDetection(TaskRegistry& registry);
void addImageTextToText(TaskRegistry& registry);
void addImageToText(TaskRegistry& registry);
void addVisualQuestionAnswering(TaskRegistry& registry);
void addImageSegmentation(TaskRegistry& registry);
void addMaskGeneration(TaskRegistry& registry);
void addAutomaticSpeechRecognition(TaskRegistry& registry);
void addTimeSeriesForecasting(TaskRegistry& registry);
void addTextToAudio(TaskRegistry& registry);
void addVoiceConversion(TaskRegistry& registry);

}  // namespace orrery::pipelines
