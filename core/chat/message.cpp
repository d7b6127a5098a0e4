#include "core/chat/message.h"

namespace orrery::chat {
namespace {

OrderedJson toJson(const ToolCall& call) {
  OrderedJson json = OrderedJson::object();
  if (!call.id.empty()) json["id"] = call.id;
  json["type"] = "function";
  json["function"] = {{"name", call.name}, {"arguments", call.arguments}};
  return json;
}

OrderedJson toJson(const ContentPart& part) {
  OrderedJson json = {{"type", part.type}};
  for (const auto& [name, value] : part.fields.items()) json[name] = value;
  return json;
}

template <class Element>
OrderedJson listOf(const std::vector<Element>& elements) {
  OrderedJson list = OrderedJson::array();
  for (const Element& element : elements) list.push_back(toJson(element));
  return list;
}

}  // namespace

OrderedJson toJson(const Message& message) {
  OrderedJson json = {{"role", message.role}};
  if (message.parts.empty())
    json["content"] = message.text;
  else
    json["content"] = listOf(message.parts);
  if (!message.reasoning.empty()) json["reasoning_content"] = message.reasoning;
  if (!message.toolCalls.empty()) json["tool_calls"] = listOf(message.toolCalls);
  if (!message.name.empty()) json["name"] = message.name;
  if (!message.toolCallId.empty()) json["tool_call_id"] = message.toolCallId;
  return json;
}

OrderedJson toJson(const std::vector<Message>& messages) {
  OrderedJson list = OrderedJson::array();
  for (const Message& message : messages) list.push_back(toJson(message));
  return list;
}

}  // namespace orrery::chat
