#include <algorithm>

#include "core/pipelines/text_model.h"

namespace orrery::pipelines {
namespace {

enum class Function { kSigmoid, kSoftmax, kNone };

}  // namespace

template <>
inline constexpr std::array<std::string_view, 3> kWords<Function>{"sigmoid", "softmax", "none"};

namespace {

struct ClassificationOptions {
  std::optional<int> topK = 1;
  std::optional<Function> functionToApply;
  TokenizerOptions tokenizer;

  static void fields(auto& f, auto& self) {
    f("top_k", self.topK, "Labels to return, the likeliest first; null: all", 1);
    f("function_to_apply", self.functionToApply,
      "From the model's numbers to scores; null: as the config's problem_type says");
    TokenizerOptions::fields(f, self.tokenizer);
  }
};

/// What a model was trained with: one of several labels, any of them, or a number.
Function defaultFunction(const JsonField& config, std::int64_t labels) {
  const auto problem = config.get<std::string>("problem_type", "");
  if (problem == "regression") return Function::kNone;
  if (problem == "multi_label_classification" || labels == 1) return Function::kSigmoid;
  return Function::kSoftmax;
}

at::Tensor apply(Function function, const at::Tensor& logits) {
  switch (function) {
    case Function::kSigmoid:
      return logits.sigmoid();
    case Function::kSoftmax:
      return logits.softmax(-1);
    case Function::kNone:
      return logits;
  }
  throw Error(ErrorKind::kInternal, "unknown function");
}

class TextClassification : public Pipeline {
 public:
  explicit TextClassification(PipelineParts parts) : text_(std::move(parts)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<ClassificationOptions>(given);
    const Text& text = input.as<Text>();
    context.cancel.throwIfCancelled();
    const at::Tensor logits = text_.forward(text_.encode(text, options.tokenizer), "logits");
    const at::Tensor scores = apply(
        options.functionToApply.value_or(defaultFunction(text_.config(), logits.size(0))), logits);
    Classification result;
    for (std::int64_t i = 0; i < scores.size(0); ++i)
      result.labels.push_back({text_.label(i), scores[i].item<float>()});
    std::stable_sort(result.labels.begin(), result.labels.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    if (options.topK && static_cast<std::size_t>(*options.topK) < result.labels.size())
      result.labels.resize(static_cast<std::size_t>(*options.topK));
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
