#include "core/pipelines/chat_prompt.h"

#include <algorithm>

namespace orrery::pipelines {
namespace {

constexpr std::string_view kSpaces = " \t\n\v\f\r";
/// Marks the end of the message that is continued; its space tells whether the template trims.
constexpr std::string_view kMark = "ORRERY_CONTINUES_HERE ";

/// The text that is continued: the content, or the last text among its parts.
OrderedJson& lastText(OrderedJson& message) {
  OrderedJson& content = message["content"];
  if (content.is_string()) return content;
  if (content.is_array())
    for (auto part = content.rbegin(); part != content.rend(); ++part)
      if (part->is_object() && part->contains("text") && (*part)["text"].is_string())
        return (*part)["text"];
  throw Error(ErrorKind::kInvalidInput,
              "input: expected a text in the last message, which is to be continued, found {}",
              jsonExcerpt(Json(content)));
}

std::string trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(kSpaces), text.size());
  const auto end = text.find_last_not_of(kSpaces);
  return std::string(text.substr(begin, end == text.npos ? 0 : end + 1 - begin));
}

std::string cutAtMark(std::string prompt, const std::string& text) {
  const std::string mark = trimmed(kMark);
  const auto at = prompt.rfind(mark);
  if (at == prompt.npos || prompt.find(trimmed(text)) == prompt.npos)
    throw Error(ErrorKind::kInvalidInput,
                std::string("continue_final_message: the chat template does not show the last "
                            "message as it is"));
  const bool keepsSpaces = prompt.compare(at, kMark.size(), kMark) == 0;
  prompt.resize(at);
  if (!keepsSpaces) prompt.resize(prompt.find_last_not_of(kSpaces) + 1);
  return prompt;
}

}  // namespace

std::string chatPrompt(const chat::TemplateSource& source, OrderedJson messages,
                       const ChatPromptOptions& options) {
  chat::RenderOptions how{
      .addGenerationPrompt = !options.continuesLast, .variables = options.variables, .now = {}};
  if (!options.documents.is_null()) how.variables["documents"] = options.documents;
  std::string continued;
  if (options.continuesLast) {
    OrderedJson& text = lastText(messages.back());
    continued = text.get<std::string>();
    text = continued + std::string(kMark);
  }
  const bool hasTools = !options.tools.is_null();
  std::string prompt = source.parse({}, hasTools).render(messages, options.tools, how);
  return options.continuesLast ? cutAtMark(std::move(prompt), continued) : prompt;
}

OrderedJson withAnswer(OrderedJson messages, const std::string& answer, bool continuesLast) {
  if (continuesLast) {
    OrderedJson& text = lastText(messages.back());
    text = text.get<std::string>() + answer;
  } else {
    messages.push_back({{"role", "assistant"}, {"content", answer}});
  }
  return messages;
}

}  // namespace orrery::pipelines
