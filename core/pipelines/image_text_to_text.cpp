#include "core/chat/pictures.h"
#include "core/pipelines/chat_prompt.h"
#include "core/pipelines/picture_writer.h"
#include "core/processors/joint_processor.h"

namespace orrery::pipelines {
namespace {

using tokenizers::TokenId;

struct ImageTextOptions {
  std::optional<std::string> text;
  bool returnFullText = true;
  bool returnTensors = false;
  std::optional<bool> cleanUpSpaces;
  bool skipSpecialTokens = true;
  std::vector<std::string> stopSequence;
  std::optional<bool> continueFinalMessage;
  OrderedJson generateKwargs;
  OrderedJson processorKwargs = OrderedJson::object();
  std::optional<std::int64_t> seed;

  static void fields(auto& f, auto& self) {
    f("text", self.text, "The prompt for a picture that comes without one");
    f("return_full_text", self.returnFullText, "The prompt with its continuation");
    f("return_tensors", self.returnTensors, "Token ids instead of text");
    f("clean_up_tokenization_spaces", self.cleanUpSpaces,
      "Take odd spaces out of the text; null: as the tokenizer says");
    f("skip_special_tokens", self.skipSpecialTokens, "Leave special tokens out of the text");
    f("stop_sequence", self.stopSequence, "Texts that end the answer");
    f("continue_final_message", self.continueFinalMessage,
      "Go on with the last message; null: if it is the assistant's");
    f("generate_kwargs", self.generateKwargs, "Object of fields of GenerationConfig");
    f("processor_kwargs", self.processorKwargs,
      "Object of truncation, max_length, add_special_tokens");
    f("seed", self.seed, "The same seed gives the same samples; null: another one each time");
  }
};

/// What is asked, and what of it is returned.
struct Prompt {
  std::string text;  ///< as the processor takes it
  std::vector<std::filesystem::path> pictures;
  OrderedJson messages;  ///< of a chat; null without one
  bool continuesLast = false;
};

/// Behind the prompt, which may have a few characters before it where it was decoded.
std::string withoutPrompt(const std::string& text, const std::string& prompt) {
  constexpr std::size_t kMostBefore = 2;
  const auto at = text.find(prompt);
  return at == text.npos || at > kMostBefore ? text : text.substr(at + prompt.size());
}

class ImageTextToText : public Pipeline {
 public:
  explicit ImageTextToText(PipelineParts parts)
      : writer_(std::move(parts), {.name = "image-text-to-text",
                                   .defaults = {{"max_new_tokens", 256}},
                                   .modelFirst = true,
                                   .pictures = true}),
        processor_(processors::JointProcessor::load(writer_.checkpoint().folderOrFile)),
        templates_(chat::readTemplates(writer_.checkpoint().folderOrFile)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    auto [options, fields] = readGeneratingOptions<ImageTextOptions>(given);
    mergeGenerateKwargs(options.generateKwargs, fields);
    if (!options.stopSequence.empty()) fields["stop_strings"] = options.stopSequence;
    const Prompt prompt = promptOf(input, options);
    const processors::JointFeatures features = prepare(prompt, options);
    const std::vector<TokenId> ids = features.ids();
    const auto written = writer_.write(ids, features.pictures.tensors,
                                       writer_.model().config(fields), options.seed, context);
    std::vector<Generated> answers;
    for (const auto& row : written.rows) answers.push_back(describe(row, ids, prompt, options));
    return answers;
  }

 private:
  Prompt promptOf(const Input& input, const ImageTextOptions& options) const {
    if (input.is<Chat>()) return chatPromptOf(input.as<Chat>(), options);
    Prompt prompt;
    if (input.is<Text>()) {
      prompt.text = input.as<Text>().text;
    } else if (input.is<Picture>() && options.text) {
      prompt.pictures = {input.as<Picture>().file};
      prompt.text = *options.text;
    } else {
      const auto& asked = input.as<PictureText>();
      prompt.pictures = asked.pictures;
      prompt.text = asked.text;
    }
    return prompt;
  }

  Prompt chatPromptOf(const Chat& input, const ImageTextOptions& options) const {
    Prompt prompt{.messages = chat::withImageParts(input.messages)};
    prompt.pictures = chat::pictureFiles(prompt.messages);
    prompt.continuesLast = options.continueFinalMessage.value_or(
        prompt.messages.back().value("role", "") == "assistant");
    prompt.text = chatPrompt(templates_, prompt.messages, {.continuesLast = prompt.continuesLast});
    return prompt;
  }

  processors::JointFeatures prepare(const Prompt& prompt, const ImageTextOptions& options) const {
    TokenizerOptions cut =
        readOptions<TokenizerOptions>(options.processorKwargs, "options.processor_kwargs");
    return withContext("input", [&] {
      const auto pictures = readPictures(prompt.pictures);
      const processors::JointOptions how{.addSpecialTokens = cut.addSpecialTokens,
                                         .truncation = writer_.model().text().truncation(cut)};
      return prompt.messages.is_null() ? processor_->process({{prompt.text}}, pictures, how)
                                       : processor_->processChat(prompt.text, pictures, how);
    });
  }

  Generated describe(const std::vector<TokenId>& row, const std::vector<TokenId>& ids,
                     const Prompt& prompt, const ImageTextOptions& options) const {
    Generated result{.text = {}, .messages = nullptr, .ids = {}};
    const bool isChat = !prompt.messages.is_null();
    result.input = isChat ? prompt.messages : OrderedJson(prompt.text);
    if (options.returnTensors) {
      result.ids = row;
      return result;
    }
    const std::string added = withoutPrompt(decode(row, options), decode(ids, options));
    if (!options.returnFullText)
      result.text = added;
    else if (isChat)
      result.messages = withAnswer(prompt.messages, added, prompt.continuesLast);
    else
      result.text = prompt.text + added;
    return result;
  }

  std::string decode(const std::vector<TokenId>& ids, const ImageTextOptions& options) const {
    return writer_.tokenizer().decode(ids, options.skipSpecialTokens, options.cleanUpSpaces);
  }

  PictureWriter writer_;
  std::unique_ptr<const processors::JointProcessor> processor_;
  chat::TemplateSource templates_;
};

}  // namespace

void addImageTextToText(TaskRegistry& registry) {
  registry.add(
      {.name = "image-text-to-text",
       .aliases = {},
       .description = "Writes on from pictures and a text, or answers in a conversation with them",
       .classEndings = {"ForConditionalGeneration"},
       .takesPictures = true,
       .modelTypes = {"blip", "blip-2", "idefics3", "llava", "paligemma", "qwen2_vl", "smolvlm"},
       .options = withGenerationFields(describeOptions<ImageTextOptions>()),
       .make = [](PipelineParts parts) {
         return std::make_unique<ImageTextToText>(std::move(parts));
       }});
}

}  // namespace orrery::pipelines
