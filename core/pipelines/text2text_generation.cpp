#include "core/pipelines/generating_model.h"

namespace orrery::pipelines {
namespace {

using generation::GenerationConfig;
using tokenizers::TokenId;

struct Text2TextOptions {
  bool returnTensors = false;
  bool cleanUpSpaces = false;
  OrderedJson truncation;
  std::optional<std::string> stopSequence;
  std::optional<std::int64_t> seed;

  static void fields(auto& f, auto& self) {
    f("return_tensors", self.returnTensors, "Token ids instead of text");
    f("clean_up_tokenization_spaces", self.cleanUpSpaces, "Take odd spaces out of the text");
    f("truncation", self.truncation,
      "Cut an input that is too long: true, false, longest_first, only_first");
    f("stop_sequence", self.stopSequence, "Its first token ends the answer");
    f("seed", self.seed, "The same seed gives the same samples; null: another one each time");
  }
};

class Text2TextGeneration : public Pipeline {
 public:
  explicit Text2TextGeneration(PipelineParts parts)
      : model_(std::move(parts), {.name = "text2text-generation",
                                  .defaults = {{"max_new_tokens", 256}, {"num_beams", 4}},
                                  .modelFirst = false}) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto [options, fields] = readGeneratingOptions<Text2TextOptions>(given);
    GenerationConfig config = model_.config(fields);
    if (options.stopSequence) config.eosTokenId = {stopToken(*options.stopSequence)};
    TokenizerOptions cut;
    cut.truncation = options.truncation;
    const auto ids = model_.text().encode({model_.prefix() + input.as<Text>().text}, cut).ids;
    const auto result =
        model_.generate({.promptIds = {}, .encoderIds = ids, .negativePromptIds = {}}, config,
                        options.seed, context);
    const auto start = config.decoderStartTokenId ? config.decoderStartTokenId : config.bosTokenId;
    std::vector<Generated> answers;
    for (auto& row : model_.paddedRows(result, {*start}, config)) {
      Generated answer;
      if (options.returnTensors)
        answer.ids = std::move(row);
      else
        answer.text = tokenizer().decode(row, /*skipSpecialTokens=*/true, options.cleanUpSpaces);
      answers.push_back(std::move(answer));
    }
    return answers;
  }

 private:
  const tokenizers::Tokenizer& tokenizer() const { return model_.text().tokenizer(); }

  TokenId stopToken(const std::string& text) const {
    const auto ids = tokenizer().encode(text, {.addSpecialTokens = false}).ids;
    if (ids.empty())
      throw Error(ErrorKind::kInvalidInput,
                  std::string("options.stop_sequence: expected at least one token, found none"));
    return ids.front();
  }

  GeneratingModel model_;
};

}  // namespace

void addText2TextGeneration(TaskRegistry& registry) {
  registry.add({.name = "text2text-generation",
                .aliases = {},
                .description = "Turns a text into another: a translation, a summary, an answer",
                .classEndings = {"ForConditionalGeneration"},
                .options = withGenerationFields(describeOptions<Text2TextOptions>()),
                .make = [](PipelineParts parts) {
                  return std::make_unique<Text2TextGeneration>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
