#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/chat/message.h"

namespace orrery::chat {

/// What a piece of an answer is.
enum class AnswerPart { kText, kReasoning, kToolCall };

struct AnswerPiece {
  AnswerPart part;
  std::string text;  ///< of a tool call: its JSON, whole
  bool operator==(const AnswerPiece&) const = default;
};

/// Marks around the parts of an answer.
struct AnswerMarks {
  std::string reasoningBegin = "<think>", reasoningEnd = "</think>";
  std::string toolCallBegin = "<tool_call>", toolCallEnd = "</tool_call>";
};

/// Splits an answer as it arrives into text, reasoning and tool calls. A mark may be cut anywhere
/// between two pushes; what could become a mark is held back until it is known. Line ends next to
/// the marks are not part of what they enclose or separate.
class AnswerParser {
 public:
  /// `startsReasoning`: the prompt already opened the reasoning.
  explicit AnswerParser(bool startsReasoning = false, AnswerMarks marks = {});

  /// The pieces that are certain now; text and reasoning come in parts, a tool call at once.
  std::vector<AnswerPiece> push(std::string_view text);
  /// What was held back, at the end of the answer. A tool call that was not closed is given as
  /// text.
  std::vector<AnswerPiece> finish();

 private:
  void deliver(std::vector<AnswerPiece>& pieces, std::string_view text);
  const std::string* endMark() const;
  bool step(std::vector<AnswerPiece>& pieces);
  void enter(AnswerPart part, std::size_t markSize);

  AnswerMarks marks_;
  AnswerPart part_;
  std::string pending_;
  bool dropsLineEnds_ = false;  ///< directly behind a mark
};

/// The call that the JSON between tool call marks says: an object with name and arguments (or
/// parameters), which may be a text that holds JSON. Throws an Error that names the field.
ToolCall parseToolCall(std::string_view json);

/// A whole answer as a message of role "assistant".
Message parseAnswer(std::string_view answer, bool startsReasoning = false, AnswerMarks marks = {});

}  // namespace orrery::chat
