#include "core/pipelines/picture_writer.h"
#include "core/processors/image_processor.h"

namespace orrery::pipelines {
namespace {

using tokenizers::TokenId;

struct ImageToTextOptions {
  std::optional<std::string> prompt;
  OrderedJson generateKwargs;
  std::optional<std::int64_t> seed;

  static void fields(auto& f, auto& self) {
    f("prompt", self.prompt, "The beginning of the text; not for every model");
    f("generate_kwargs", self.generateKwargs, "Object of fields of GenerationConfig");
    f("seed", self.seed, "The same seed gives the same samples; null: another one each time");
  }
};

/// image-to-text as transformers 4.57 had it.
class ImageToText : public Pipeline {
 public:
  explicit ImageToText(PipelineParts parts)
      : writer_(std::move(parts), {.name = "image-to-text",
                                   .defaults = {{"max_new_tokens", 256}},
                                   .modelFirst = false,
                                   .pictures = true}),
        processor_(processors::ImageProcessor::load(writer_.checkpoint().folderOrFile)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    auto [options, fields] = readGeneratingOptions<ImageToTextOptions>(given);
    mergeGenerateKwargs(options.generateKwargs, fields);
    const auto pictures = readPictures({{input.as<Picture>().file}});
    std::vector<TokenId> ids;
    if (options.prompt) ids = promptIds(*options.prompt);
    const auto written = writer_.write(std::move(ids), processor_->process(pictures).tensors,
                                       writer_.model().config(fields), options.seed, context);
    std::vector<Generated> answers;
    for (const auto& row : written.rows)
      answers.push_back({.text = writer_.tokenizer().decode(row, /*skipSpecialTokens=*/true),
                         .messages = nullptr,
                         .ids = {}});
    return answers;
  }

 private:
  std::vector<TokenId> promptIds(const std::string& prompt) const {
    if (writer_.config().require<std::string>("model_type") == "vision-encoder-decoder")
      throw Error(ErrorKind::kInvalidInput,
                  "options.prompt: a vision-encoder-decoder begins by itself: expected no prompt");
    return writer_.tokenizer().encode(prompt).ids;
  }

  PictureWriter writer_;
  std::unique_ptr<const processors::ImageProcessor> processor_;
};

}  // namespace

void addImageToText(TaskRegistry& registry) {
  registry.add({.name = "image-to-text",
                .aliases = {},
                .description = "Says in a sentence what a picture shows, or reads its text",
                .classEndings = {"ForConditionalGeneration", "VisionEncoderDecoderModel"},
                .takesPictures = true,
                .modelTypes = {"blip", "blip-2", "vision-encoder-decoder"},
                .options = withGenerationFields(describeOptions<ImageToTextOptions>()),
                .make = [](PipelineParts parts) {
                  return std::make_unique<ImageToText>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
