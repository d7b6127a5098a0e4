#include "core/pipelines/picture_writer.h"
#include "core/processors/image_processor.h"

namespace orrery::pipelines {
namespace {

struct VisualQuestionOptions {
  std::optional<std::string> question;
  OrderedJson truncation;
  std::optional<std::int64_t> seed;

  static void fields(auto& f, auto& self) {
    f("question", self.question, "What is asked about a picture that comes without a question");
    f("truncation", self.truncation,
      "Cut a question that is too long: true, false, longest_first, only_first");
    f("seed", self.seed, "The same seed gives the same samples; null: another one each time");
  }
};

std::string trimmed(const std::string& text) {
  constexpr const char* kSpaces = " \t\n\v\f\r";
  const auto begin = text.find_first_not_of(kSpaces);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) + 1 - begin);
}

/// visual-question-answering as transformers 4.57 had it, with models that write their answer.
class VisualQuestionAnswering : public Pipeline {
 public:
  explicit VisualQuestionAnswering(PipelineParts parts)
      : writer_(std::move(parts), {.name = "visual-question-answering",
                                   .defaults = {{"max_new_tokens", 256}},
                                   .modelFirst = false,
                                   .pictures = true}),
        processor_(processors::ImageProcessor::load(writer_.checkpoint().folderOrFile)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto [options, fields] = readGeneratingOptions<VisualQuestionOptions>(given);
    const PictureText asked = askedOf(input, options);
    TokenizerOptions cut;
    cut.truncation = options.truncation;
    auto ids = writer_.model().text().encode({asked.text}, cut).ids;
    const auto pictures = readPictures(asked.pictures);
    const auto written = writer_.write(std::move(ids), processor_->process(pictures).tensors,
                                       writer_.model().config(fields), options.seed, context);
    std::vector<SpokenAnswer> answers;
    for (const auto& row : written.rows)
      answers.push_back({trimmed(writer_.tokenizer().decode(row, /*skipSpecialTokens=*/true))});
    return answers;
  }

 private:
  static PictureText askedOf(const Input& input, const VisualQuestionOptions& options) {
    if (input.is<Picture>() && options.question)
      return {{input.as<Picture>().file}, *options.question};
    PictureText asked = input.as<PictureText>();
    if (asked.pictures.size() != 1)
      throw Error(ErrorKind::kInvalidInput, "input: expected one picture, found {}",
                  asked.pictures.size());
    return asked;
  }

  PictureWriter writer_;
  std::unique_ptr<const processors::ImageProcessor> processor_;
};

}  // namespace

void addVisualQuestionAnswering(TaskRegistry& registry) {
  registry.add({.name = "visual-question-answering",
                .aliases = {"vqa"},
                .description = "Answers a question about a picture",
                .classEndings = {"ForQuestionAnswering", "Blip2ForConditionalGeneration"},
                .takesPictures = true,
                .modelTypes = {"blip", "blip-2"},
                .options = withGenerationFields(describeOptions<VisualQuestionOptions>()),
                .make = [](PipelineParts parts) {
                  return std::make_unique<VisualQuestionAnswering>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
