#include "core/pipelines/task_registry.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

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

/// Whether a checkpoint of that class has what the task needs.
bool serves(const TaskInfo& task, const std::string& className, bool isEncoderDecoder) {
  // Both stacks without a head have no one output: only the encoder alone gives features.
  if (task.classEndings.empty()) return !isEncoderDecoder || className.ends_with(kEncoderEnding);
  return std::any_of(task.classEndings.begin(), task.classEndings.end(),
                     [&](const std::string& ending) { return className.ends_with(ending); });
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
    return result;
  }();
  return registry;
}

std::string classForTask(const JsonField& config, const TaskInfo& task,
                         const TaskRegistry& registry) {
  const auto architectures = config.get("architectures", std::vector<std::string>{});
  const std::string ending =
      task.classEndings.empty() ? std::string(kBaseEnding) : task.classEndings.front();
  if (architectures.empty()) return stemOfType(config.require<std::string>("model_type")) + ending;
  const std::string& own = architectures.front();
  const bool isEncoderDecoder = config.get("is_encoder_decoder", false);
  if (serves(task, own, isEncoderDecoder))
    return task.classEndings.empty() && own.ends_with(kEncoderEnding) ? own : stem(own) + ending;
  std::vector<std::string> served;
  for (const TaskInfo& other : registry.all())
    if (serves(other, own, isEncoderDecoder)) served.push_back(other.name);
  throw config["architectures"].error(fmt::format(
      "{} has no head for {}; this model serves {}", quoted(own), task.name,
      served.empty() ? "no task of this version" : fmt::format("{}", fmt::join(served, ", "))));
}

}  // namespace orrery::pipelines
