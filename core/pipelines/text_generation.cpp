#include <algorithm>

#include "core/pipelines/chat_prompt.h"
#include "core/pipelines/generating_model.h"

namespace orrery::pipelines {
namespace {

/// What is done about a prompt that leaves no room for an answer.
enum class LongGeneration { kHole };

}  // namespace

template <>
inline constexpr std::array<std::string_view, 1> kWords<LongGeneration>{"hole"};

namespace {

using generation::GenerationConfig;
using tokenizers::TokenId;

struct GeneratorOptions {
  bool returnFullText = true;
  bool returnTensors = false;
  bool cleanUpSpaces = true;
  bool skipSpecialTokens = true;
  std::optional<std::string> prefix;
  std::optional<LongGeneration> handleLongGeneration;
  std::optional<std::string> stopSequence;
  std::optional<bool> continueFinalMessage;
  OrderedJson tools, documents;
  TokenizerOptions tokenizer;
  OrderedJson tokenizerEncodeKwargs = OrderedJson::object();
  std::optional<std::int64_t> seed;

  static void fields(auto& f, auto& self) {
    f("return_full_text", self.returnFullText, "The prompt with its continuation");
    f("return_tensors", self.returnTensors, "Token ids instead of text");
    f("clean_up_tokenization_spaces", self.cleanUpSpaces, "Take odd spaces out of the text");
    f("skip_special_tokens", self.skipSpecialTokens, "Leave special tokens out of the text");
    f("prefix", self.prefix, "Text in front of the prompt that is not returned");
    f("handle_long_generation", self.handleLongGeneration,
      "hole: cut the beginning of a prompt that leaves no room for the answer");
    f("stop_sequence", self.stopSequence, "Each of its tokens ends the answer");
    f("continue_final_message", self.continueFinalMessage,
      "Go on with the last message; null: if it is the assistant's");
    f("tools", self.tools, "JSON schemas of functions, for the chat template");
    f("documents", self.documents, "Objects of title and text, for the chat template");
    TokenizerOptions::fields(f, self.tokenizer);
    f("tokenizer_encode_kwargs", self.tokenizerEncodeKwargs,
      "Object of truncation, max_length, add_special_tokens; for a chat, also what the template is "
      "given");
    f("seed", self.seed, "The same seed gives the same samples; null: another one each time");
  }
};

/// What the model continues, and what of it is returned.
struct Prompt {
  std::vector<TokenId> ids;
  std::string text;      ///< of a text input
  OrderedJson messages;  ///< of a chat; null without one
  bool continuesLast = false;
};

class TextGeneration : public Pipeline {
 public:
  explicit TextGeneration(PipelineParts parts)
      : model_(std::move(parts),
               {.name = "text-generation",
                .defaults = {{"max_new_tokens", 256}, {"do_sample", true}, {"temperature", 0.7}},
                .modelFirst = true}),
        templates_(chat::readTemplates(model_.text().checkpoint().folderOrFile)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    auto [options, fields] = readGeneratingOptions<GeneratorOptions>(given);
    if (options.tokenizer.maxLength) fields["max_length"] = *options.tokenizer.maxLength;
    GenerationConfig config = model_.config(fields);
    if (options.stopSequence) config.eosTokenId = plainIds(*options.stopSequence);
    Prompt prompt = input.is<Chat>() ? chatPromptOf(input.as<Chat>(), options)
                                     : textPromptOf(input.as<Text>(), options, config);
    if (options.handleLongGeneration) leaveRoom(prompt.ids, config);
    const auto result =
        model_.generate({.promptIds = prompt.ids, .encoderIds = {}, .negativePromptIds = {}},
                        config, options.seed, context);
    std::vector<Generated> answers;
    for (auto& row : model_.paddedRows(result, result.promptIds, config))
      answers.push_back(describe(std::move(row), prompt, options));
    return answers;
  }

 private:
  const tokenizers::Tokenizer& tokenizer() const { return model_.text().tokenizer(); }
  std::vector<TokenId> plainIds(const std::string& text) const {
    return tokenizer().encode(text, {.addSpecialTokens = false}).ids;
  }

  Prompt textPromptOf(const Text& input, const GeneratorOptions& options,
                      GenerationConfig& config) const {
    TokenizerOptions cut = options.tokenizer;
    OptionReader reader(options.tokenizerEncodeKwargs, "options.tokenizer_encode_kwargs");
    TokenizerOptions::fields(reader, cut);
    refuseUnknown(reader.rest(), "options.tokenizer_encode_kwargs", reader.known());
    const std::string prefix = options.prefix.value_or(model_.prefix());
    if (const int length = static_cast<int>(plainIds(prefix).size()); length > 0) {
      // Lengths are meant without the prefix.
      if (config.maxLength) *config.maxLength += length;
      if (config.minLength > 0) config.minLength += length;
    }
    return {.ids = model_.text().encode({prefix + input.text, input.pair}, cut).ids,
            .text = input.text,
            .messages = nullptr};
  }

  Prompt chatPromptOf(const Chat& input, const GeneratorOptions& options) const {
    TokenizerOptions cut = options.tokenizer;
    OptionReader reader(options.tokenizerEncodeKwargs, "options.tokenizer_encode_kwargs");
    TokenizerOptions::fields(reader, cut);
    cut.addSpecialTokens = false;  // the template writes them
    const bool continues = options.continueFinalMessage.value_or(
        input.messages.back().value("role", "") == "assistant");
    const std::string text = chatPrompt(templates_, input.messages,
                                        {.tools = options.tools,
                                         .documents = options.documents,
                                         .variables = reader.rest(),
                                         .continuesLast = continues});
    return {.ids = model_.text().encode({text}, cut).ids,
            .text = {},
            .messages = input.messages,
            .continuesLast = continues};
  }

  /// Cuts the beginning of the prompt, so that the answer fits.
  void leaveRoom(std::vector<TokenId>& ids, const GenerationConfig& config) const {
    const auto length = static_cast<std::int64_t>(ids.size());
    const auto most = tokenizer().settings().modelMaxLength;
    const std::int64_t wanted =
        config.maxNewTokens ? *config.maxNewTokens : config.maxLength.value_or(0) - length;
    if (!most || length + wanted <= *most) return;
    const std::int64_t kept = *most - wanted;
    if (wanted < 0 || kept <= 0)
      throw Error(ErrorKind::kInvalidInput,
                  "options.handle_long_generation: {} new tokens leave no room in the {} that the "
                  "model takes",
                  wanted, *most);
    ids.erase(ids.begin(), ids.end() - kept);
  }

  Generated describe(std::vector<TokenId> row, const Prompt& prompt,
                     const GeneratorOptions& options) const {
    if (options.returnTensors) return {.text = {}, .messages = nullptr, .ids = std::move(row)};
    const std::span<const TokenId> answer =
        std::span<const TokenId>(row).subspan(prompt.ids.size());
    std::string text = tokenizer().decode(answer, options.skipSpecialTokens, options.cleanUpSpaces);
    if (!options.returnFullText) return {.text = std::move(text), .messages = nullptr, .ids = {}};
    if (prompt.messages.is_null())
      return {.text = prompt.text + text, .messages = nullptr, .ids = {}};
    return {
        .text = {}, .messages = withAnswer(prompt.messages, text, prompt.continuesLast), .ids = {}};
  }

  GeneratingModel model_;
  chat::TemplateSource templates_;
};

}  // namespace

void addTextGeneration(TaskRegistry& registry) {
  registry.add({.name = "text-generation",
                .aliases = {},
                .description = "Continues a text, or answers in a conversation",
                .classEndings = {"ForCausalLM", "LMHeadModel"},
                .options = withGenerationFields(describeOptions<GeneratorOptions>()),
                .make = [](PipelineParts parts) {
                  return std::make_unique<TextGeneration>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
