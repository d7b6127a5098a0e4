#include "app/cli/text_tools.h"

#include "core/base/utf8.h"
#include "core/chat/pictures.h"

namespace orrery {

std::shared_ptr<const TextTools> TextTools::load(const std::filesystem::path& model) {
  auto tools = std::make_shared<TextTools>();
  tools->tokenizer_ = tokenizers::Tokenizer::load(model);
  tools->templates_ = chat::readTemplates(model);
  return tools;
}

std::string TextTools::render(const Json& messages, const Json& tools,
                              const chat::RenderOptions& options) const {
  const bool hasTools = !tools.is_null() && !tools.empty();
  return templates_.parse({}, hasTools)
      .render(chat::withImageParts(OrderedJson(messages)), OrderedJson(tools), options);
}

std::string TextTools::textOf(tokenizers::TokenId id) const {
  return utf8::sanitized(tokenizer_->decode({&id, 1}));
}

std::string TextTools::bytesOf(tokenizers::TokenId id) const {
  // Decoders treat the first token of a text differently, so the token is put behind another.
  const auto anchor = tokenizer_->encode("a", {.addSpecialTokens = false}).ids;
  auto both = anchor;
  both.push_back(id);
  return tokenizer_->decode(both, false, false)
      .substr(tokenizer_->decode(anchor, false, false).size());
}

}  // namespace orrery
