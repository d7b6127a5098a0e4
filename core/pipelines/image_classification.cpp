#include "core/pipelines/class_scores.h"
#include "core/pipelines/vision_model.h"

namespace orrery::pipelines {
namespace {

struct ImageClassificationOptions {
  std::optional<int> topK = 5;
  std::optional<ScoreFunction> functionToApply;

  static void fields(auto& f, auto& self) {
    f("top_k", self.topK, "Labels to return, the likeliest first; null: all", 1);
    f("function_to_apply", self.functionToApply,
      "From the model's numbers to scores; null: as the config's problem_type says");
  }
};

/// As for texts, but that a picture's model of several numbers is a classifier even where its
/// problem is called regression.
ScoreFunction defaultImageFunction(const JsonField& config, std::int64_t labels) {
  const ScoreFunction function = defaultFunction(config, labels);
  if (function != ScoreFunction::kNone) return function;
  return labels > 1 ? ScoreFunction::kSoftmax : ScoreFunction::kSigmoid;
}

class ImageClassification : public Pipeline {
 public:
  explicit ImageClassification(PipelineParts parts) : vision_(std::move(parts)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<ImageClassificationOptions>(given);
    const processors::Features features = vision_.prepare(input.as<Picture>());
    context.cancel.throwIfCancelled();
    const at::Tensor logits = requireOutput(vision_.forward(features), "logits")[0].to(at::kFloat);
    const at::Tensor scores = applyFunction(
        options.functionToApply.value_or(defaultImageFunction(vision_.config(), logits.size(0))),
        logits);
    Classification result;
    result.labels =
        bestLabels(scores, options.topK, [&](std::int64_t index) { return vision_.label(index); });
    return result;
  }

 private:
  VisionModel vision_;
};

}  // namespace

void addImageClassification(TaskRegistry& registry) {
  registry.add({.name = "image-classification",
                .aliases = {},
                .description = "Says which labels fit a picture",
                .classEndings = {"ForImageClassification", "ForImageClassificationWithTeacher"},
                .takesPictures = true,
                .options = describeOptions<ImageClassificationOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<ImageClassification>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
