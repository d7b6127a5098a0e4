#include "core/pipelines/class_scores.h"
#include "core/pipelines/text_model.h"

namespace orrery::pipelines {
namespace {

struct ClassificationOptions {
  std::optional<int> topK = 1;
  std::optional<ScoreFunction> functionToApply;
  TokenizerOptions tokenizer;

  static void fields(auto& f, auto& self) {
    f("top_k", self.topK, "Labels to return, the likeliest first; null: all", 1);
    f("function_to_apply", self.functionToApply,
      "From the model's numbers to scores; null: as the config's problem_type says");
    TokenizerOptions::fields(f, self.tokenizer);
  }
};

class TextClassification : public Pipeline {
 public:
  explicit TextClassification(PipelineParts parts) : text_(std::move(parts)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<ClassificationOptions>(given);
    const Text& text = input.as<Text>();
    context.cancel.throwIfCancelled();
    const at::Tensor logits = text_.forward(text_.encode(text, options.tokenizer), "logits");
    const at::Tensor scores = applyFunction(
        options.functionToApply.value_or(defaultFunction(text_.config(), logits.size(0))), logits);
    Classification result;
    result.labels =
        bestLabels(scores, options.topK, [&](std::int64_t index) { return text_.label(index); });
    result.single = text.pair && !given.contains("top_k");
    return result;
  }

 private:
  TextModel text_;
};

}  // namespace

void addTextClassification(TaskRegistry& registry) {
  registry.add({.name = "text-classification",
                .aliases = {"sentiment-analysis"},
                .description = "Says which labels fit a text, or two texts together",
                .classEndings = {"ForSequenceClassification"},
                .options = describeOptions<ClassificationOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<TextClassification>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
