#pragma once

#include "core/chat/template_source.h"
#include "core/pipelines/options.h"

namespace orrery::pipelines {

/// What a conversation's prompt is made with.
struct ChatPromptOptions {
  OrderedJson tools, documents;                   ///< null: none
  OrderedJson variables = OrderedJson::object();  ///< what the template is given besides
  bool continuesLast = false;                     ///< the model goes on with the last message
};

/// The prompt that the chat template makes of `messages`, ending where the model goes on. An Error
/// if there is no template, or if it does not show the last message that is to be continued.
std::string chatPrompt(const chat::TemplateSource& source, OrderedJson messages,
                       const ChatPromptOptions& options);

/// `messages` with what the model said: a message of the assistant, or the rest of the last one.
OrderedJson withAnswer(OrderedJson messages, const std::string& answer, bool continuesLast);

}  // namespace orrery::pipelines
