#include "app/cli/engine_text.h"

namespace orrery::engine {

using namespace protocol;

TokenizeResult tokenize(const ModelStore& store, const TokenizeParams& params) {
  const auto tools = store.text(params.model);
  const tokenizers::EncodeOptions options{.addSpecialTokens = params.addSpecialTokens};
  const tokenizers::Tokenizer& tokenizer = *tools->tokenizer();
  const tokenizers::Encoding encoding =
      params.pair ? tokenizer.encodePair(params.text, *params.pair, options)
                  : tokenizer.encode(params.text, options);
  TokenizeResult result{.ids = encoding.ids, .tokens = encoding.tokens};
  for (const tokenizers::Offsets& offsets : encoding.offsets)
    result.offsets.push_back({offsets.begin, offsets.end});
  return result;
}

DetokenizeResult detokenize(const ModelStore& store, const DetokenizeParams& params) {
  const auto tools = store.text(params.model);
  return {tools->tokenizer()->decode(params.ids, params.skipSpecialTokens)};
}

RenderTemplateResult renderTemplate(const ModelStore& store, const RenderTemplateParams& params) {
  const auto tools = store.text(params.model);
  RenderTemplateResult result{.text =
                                  tools->render(params.messages, params.tools.value_or(Json()),
                                                {.addGenerationPrompt = params.addGenerationPrompt,
                                                 .variables = OrderedJson(params.variables),
                                                 .now = {}})};
  result.ids = tools->tokenizer()->encode(result.text, {.addSpecialTokens = false}).ids;
  return result;
}

std::string renderPrompt(const TextTools& text, const Prompt& prompt) {
  return text.render(
      *prompt.messages, prompt.tools.value_or(Json()),
      {.addGenerationPrompt = true, .variables = OrderedJson(prompt.variables), .now = {}});
}

std::vector<int> promptIds(const TextTools& text, const Prompt& prompt) {
  const int forms = prompt.text.has_value() + prompt.ids.has_value() + prompt.messages.has_value();
  if (forms != 1)
    throw Error(ErrorKind::kInvalidInput,
                "expected exactly one of text, ids and messages, found {}", forms)
        .in("prompt");
  std::vector<int> ids;
  if (prompt.text) {
    ids = text.tokenizer()->encode(*prompt.text).ids;
  } else if (prompt.ids) {
    ids = *prompt.ids;
  } else {
    ids = text.tokenizer()->encode(renderPrompt(text, prompt), {.addSpecialTokens = false}).ids;
  }
  ids.insert(ids.end(), prompt.appendIds.begin(), prompt.appendIds.end());
  return ids;
}

}  // namespace orrery::engine
