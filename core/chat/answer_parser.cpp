#include "core/chat/answer_parser.h"

#include <algorithm>

namespace orrery::chat {
namespace {

/// Bytes at the end of `text` that may be the beginning of `mark`.
std::size_t heldBack(std::string_view text, std::string_view mark) {
  for (std::size_t size = std::min(text.size(), mark.size() - 1); size > 0; --size)
    if (mark.starts_with(text.substr(text.size() - size))) return size;
  return 0;
}

std::size_t trailingLineEnds(std::string_view text) {
  const auto last = text.find_last_not_of('\n');
  return last == text.npos ? text.size() : text.size() - last - 1;
}

void append(std::vector<AnswerPiece>& pieces, AnswerPart part, std::string_view text) {
  if (text.empty()) return;
  if (!pieces.empty() && pieces.back().part == part && part != AnswerPart::kToolCall)
    pieces.back().text += text;
  else
    pieces.push_back({part, std::string(text)});
}

}  // namespace

AnswerParser::AnswerParser(bool startsReasoning, AnswerMarks marks)
    : marks_(std::move(marks)),
      part_(startsReasoning ? AnswerPart::kReasoning : AnswerPart::kText),
      dropsLineEnds_(startsReasoning) {}

const std::string* AnswerParser::endMark() const {
  return part_ == AnswerPart::kReasoning  ? &marks_.reasoningEnd
         : part_ == AnswerPart::kToolCall ? &marks_.toolCallEnd
                                          : nullptr;
}

void AnswerParser::deliver(std::vector<AnswerPiece>& pieces, std::string_view text) {
  if (dropsLineEnds_) {
    text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
    if (text.empty()) return;
    dropsLineEnds_ = false;
  }
  append(pieces, part_, text);
}

void AnswerParser::enter(AnswerPart part, std::size_t markSize) {
  pending_.erase(0, markSize);
  part_ = part;
  dropsLineEnds_ = true;
}

/// Takes one part off the pending text if its end is there; says whether there may be more.
bool AnswerParser::step(std::vector<AnswerPiece>& pieces) {
  const auto before = [&](std::size_t at) {
    const std::string_view text = std::string_view(pending_).substr(0, at);
    return text.substr(0, text.size() - trailingLineEnds(text));
  };
  if (const std::string* end = endMark()) {
    const auto at = pending_.find(*end);
    if (at == pending_.npos) return false;
    deliver(pieces, before(at));
    enter(AnswerPart::kText, at + end->size());
    return true;
  }
  const auto reasoning = pending_.find(marks_.reasoningBegin);
  const auto call = pending_.find(marks_.toolCallBegin);
  if (reasoning == pending_.npos && call == pending_.npos) return false;
  const bool isCall = call < reasoning;
  deliver(pieces, before(std::min(call, reasoning)));
  if (isCall)
    enter(AnswerPart::kToolCall, call + marks_.toolCallBegin.size());
  else
    enter(AnswerPart::kReasoning, reasoning + marks_.reasoningBegin.size());
  return true;
}

std::vector<AnswerPiece> AnswerParser::push(std::string_view text) {
  std::vector<AnswerPiece> pieces;
  pending_ += text;
  while (step(pieces)) {
  }
  if (part_ == AnswerPart::kToolCall) return pieces;
  std::size_t held = 0;
  if (const std::string* end = endMark())
    held = heldBack(pending_, *end);
  else
    held = std::max(heldBack(pending_, marks_.reasoningBegin),
                    heldBack(pending_, marks_.toolCallBegin));
  // Line ends in front of what may be a mark are not certain either.
  held += trailingLineEnds(std::string_view(pending_).substr(0, pending_.size() - held));
  deliver(pieces, std::string_view(pending_).substr(0, pending_.size() - held));
  pending_.erase(0, pending_.size() - held);
  return pieces;
}

std::vector<AnswerPiece> AnswerParser::finish() {
  std::vector<AnswerPiece> pieces;
  if (part_ == AnswerPart::kToolCall) {
    part_ = AnswerPart::kText;
    append(pieces, part_, marks_.toolCallBegin + pending_);
  } else {
    deliver(pieces, pending_);
  }
  pending_.clear();
  return pieces;
}

ToolCall parseToolCall(std::string_view json) {
  const Json checked = parseJson(json, "tool call");
  const JsonField root(checked, "tool call");
  ToolCall call;
  call.name = root.require<std::string>("name");
  call.id = root.get<std::string>("id", "");
  const OrderedJson ordered = OrderedJson::parse(json);
  const char* field = root.has("arguments") ? "arguments" : "parameters";
  if (!root.has(field)) return call;
  call.arguments = ordered[field];
  if (call.arguments.is_string()) {
    const std::string text = call.arguments.get<std::string>();
    parseJson(text, std::string("tool call: ") + field);
    call.arguments = OrderedJson::parse(text);
  }
  if (!call.arguments.is_object())
    throw root[field].error("expected an object, found " + jsonExcerpt(root[field].json()));
  return call;
}

Message parseAnswer(std::string_view answer, bool startsReasoning, AnswerMarks marks) {
  AnswerParser parser(startsReasoning, std::move(marks));
  std::vector<AnswerPiece> pieces = parser.push(answer);
  for (AnswerPiece& piece : parser.finish()) pieces.push_back(std::move(piece));
  Message message;
  message.role = "assistant";
  for (const AnswerPiece& piece : pieces) {
    if (piece.part == AnswerPart::kToolCall)
      message.toolCalls.push_back(parseToolCall(piece.text));
    else
      (piece.part == AnswerPart::kText ? message.text : message.reasoning) += piece.text;
  }
  return message;
}

}  // namespace orrery::chat
