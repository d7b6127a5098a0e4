#include "core/pipelines/text_model.h"

namespace orrery::pipelines {
namespace {

struct FeatureOptions {
  OrderedJson truncation;
  OrderedJson tokenizeKwargs = OrderedJson::object();

  static void fields(auto& f, auto& self) {
    f("truncation", self.truncation,
      "Cut what is too long: true, false, longest_first, only_first, only_second");
    f("tokenize_kwargs", self.tokenizeKwargs,
      "Object of truncation, max_length, add_special_tokens");
  }
};

class FeatureExtraction : public Pipeline {
 public:
  explicit FeatureExtraction(PipelineParts parts) : text_(std::move(parts)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<FeatureOptions>(given);
    auto tokenizer =
        readOptions<TokenizerOptions>(options.tokenizeKwargs, "options.tokenize_kwargs");
    if (!options.truncation.is_null()) {
      if (!tokenizer.truncation.is_null())
        throw Error(ErrorKind::kInvalidInput,
                    std::string("options.truncation: given twice, also in tokenize_kwargs"));
      tokenizer.truncation = options.truncation;
    }
    context.cancel.throwIfCancelled();
    const at::Tensor hidden =
        text_.forward(text_.encode(input.as<Text>(), tokenizer), "last_hidden_state");
    const float* values = hidden.data_ptr<float>();
    return Features{{1, hidden.size(0), hidden.size(1)}, {values, values + hidden.numel()}};
  }

 private:
  TextModel text_;
};

}  // namespace

void addFeatureExtraction(TaskRegistry& registry) {
  registry.add({.name = "feature-extraction",
                .aliases = {},
                .description = "The model's last hidden state for each token of a text",
                .classEndings = {},
                .options = describeOptions<FeatureOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<FeatureExtraction>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
