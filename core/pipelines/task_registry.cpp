#include "core/pipelines/task_registry.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "core/models/model_config.h"
#include "core/models/speech/speech_config.h"
#include "core/models/timm/timm_config.h"
#include "core/pipelines/sound_tasks.h"

namespace orrery::pipelines {
namespace {

constexpr std::string_view kBaseEnding = "Model";
constexpr std::string_view kEncoderEnding = "EncoderModel";
constexpr std::string_view kOldCausalEnding = "LMHeadModel";

/// What comes before the head in a class name: "Bert" of BertForMaskedLM and of BertModel.
std::string stem(const std::string& className) {
  const auto head = className.rfind("For");
  if (head != className.npos) return className.substr(0, head);
  for (const std::string_view ending : {kOldCausalEnding, kBaseEnding})
    if (className.ends_with(ending)) return className.substr(0, className.size() - ending.size());
  return className;
}

/// Where config.json names no class: the families look at the ending and, at most, this.
std::string stemOfType(std::string modelType) {
  if (!modelType.empty())
    modelType[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(modelType[0])));
  return modelType;
}

bool endsWithOne(const std::string& className, const std::vector<std::string>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const std::string& ending) { return className.ends_with(ending); });
}

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// Whether a checkpoint of that class has what the task needs.
bool serves(const TaskInfo& task, const JsonField& config, const std::string& className) {
  if (!task.modelTypes.empty() && !contains(task.modelTypes, models::modelTypeOf(config)))
    return false;
  if (!task.takesPictures && config.has("vision_config")) return false;
  // A task of texts means models that hear or speak only where it names them.
  const bool speech = models::speech::isSpeechType(models::modelTypeOf(config));
  if (!task.takesSounds && task.modelTypes.empty() && speech) return false;
  if (!task.classEndings.empty()) return endsWithOne(className, task.classEndings);
  if (task.takesPictures != models::isVisionModel(config)) return false;
  // Both stacks without a head have no one output: only the encoder alone gives features.
  return !config.get("is_encoder_decoder", false) || className.ends_with(kEncoderEnding);
}

/// The class that the checkpoint was saved as; empty if nothing tells. timm's tell no class.
std::string ownClass(const JsonField& config) {
  const auto architectures = config.get("architectures", std::vector<std::string>{});
  if (!architectures.empty()) return architectures.front();
  return models::timm::isTimm(config.json()) ? models::timm::kClassifier : "";
}

}  // namespace

const TaskInfo& TaskRegistry::find(const std::string& name) const {
  std::vector<std::string> names;
  for (const TaskInfo& task : tasks_) {
    if (task.name == name ||
        std::find(task.aliases.begin(), task.aliases.end(), name) != task.aliases.end())
      return task;
    names.push_back(task.name);
  }
  throw Error(ErrorKind::kNotFound, "task: {} is not supported, expected one of {}", quoted(name),
              fmt::join(names, ", "));
}

const TaskRegistry& taskRegistry() {
  static const TaskRegistry registry = [] {
    TaskRegistry result;
    addTextGeneration(result);
    addText2TextGeneration(result);
    addTextClassification(result);
    addTokenClassification(result);
    addQuestionAnswering(result);
    addFillMask(result);
    addFeatureExtraction(result);
    addImageClassification(result);
    addZeroShotImageClassification(result);
    addDepthEstimation(result);
    addImageFeatureExtraction(result);
    addObjectDetection(result);
    addImageTextToText(result);
    addImageToText(result);
    addVisualQuestionAnswering(result);
    addImageSegmentation(result);
    addMaskGeneration(result);
    addAutomaticSpeechRecognition(result);
    addTimeSeriesForecasting(result);
    addTextToAudio(result);
    addVoiceConversion(result);
    addAudioClassification(result);
    addZeroShotAudioClassification(result);
    return result;
  }();
  return registry;
}

std::string classForTask(const JsonField& config, const TaskInfo& task,
                         const TaskRegistry& registry) {
  const std::string ending =
      task.classEndings.empty() ? std::string(kBaseEnding) : task.classEndings.front();
  const std::string own = ownClass(config);
  if (own.empty()) return stemOfType(config.require<std::string>("model_type")) + ending;
  if (serves(task, config, own)) {
    // Heads of pictures or sounds that serve one task are not alike; those of texts are by any of
    // their names.
    const bool asIs = task.classEndings.empty()
                          ? own.ends_with(kEncoderEnding)
                          : task.takesPictures || task.takesSounds || task.makesSounds;
    return asIs ? own : stem(own) + ending;
  }
  std::vector<std::string> served;
  for (const TaskInfo& other : registry.all())
    if (serves(other, config, own)) served.push_back(other.name);
  throw config.find("architectures")
      .value_or(config)
      .error(fmt::format(
          "{} has no head for {}; this model serves {}", quoted(own), task.name,
          served.empty() ? "no task of this version" : fmt::format("{}", fmt::join(served, ", "))));
}

}  // namespace orrery::pipelines
