#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::chat {

/// A function that the model asked for.
struct ToolCall {
  std::string id;  ///< empty if the model gives none
  std::string name;
  OrderedJson arguments = OrderedJson::object();
  bool operator==(const ToolCall&) const = default;
};

/// One part of a message that is more than text: {"type": "text", "text": …}, {"type": "image", …}.
struct ContentPart {
  std::string type;
  OrderedJson fields = OrderedJson::object();  ///< all but the type
  bool operator==(const ContentPart&) const = default;
};

/// One message of a conversation.
struct Message {
  std::string role;                ///< "system", "user", "assistant", "tool"
  std::string text;                ///< the content, if there are no parts
  std::vector<ContentPart> parts;  ///< the content, if not empty
  std::string reasoning;           ///< what the model thought before it answered
  std::vector<ToolCall> toolCalls;
  std::string name;        ///< of the tool that a "tool" message answers for
  std::string toolCallId;  ///< of the call that it answers
  bool operator==(const Message&) const = default;
};

/// The message as chat templates know it: role, content, reasoning_content, tool_calls with
/// function, name, tool_call_id; what is empty is left out, the content never is.
OrderedJson toJson(const Message& message);
OrderedJson toJson(const std::vector<Message>& messages);

}  // namespace orrery::chat
