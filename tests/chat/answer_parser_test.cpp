#include "core/chat/answer_parser.h"

#include "tests/support/test_main.h"

using namespace orrery;
using chat::AnswerPart;

namespace {

const char* const kAnswer =
    "<think>\nIs 1 < 2?\n</think>\n\nYes.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"b\": "
    "1, \"a\": "
    "2}}\n</tool_call>\n<tool_call>\n{\"name\": \"g\"}\n</tool_call>";

const char* const kCallWithText = "{\"name\": \"f\", \"parameters\": \"{\\\"x\\\": 1}\"}";

/// Text, reasoning and calls of an answer that arrives in pieces of `size` bytes.
QString split(std::string_view answer, std::size_t size, bool startsReasoning = false) {
  chat::AnswerParser parser(startsReasoning);
  std::string text, reasoning, calls;
  const auto take = [&](const std::vector<chat::AnswerPiece>& pieces) {
    for (const auto& piece : pieces)
      (piece.part == AnswerPart::kText        ? text
       : piece.part == AnswerPart::kReasoning ? reasoning
                                              : calls) += piece.text;
  };
  for (std::size_t at = 0; at < answer.size(); at += size)
    take(parser.push(answer.substr(at, size)));
  take(parser.finish());
  return QString::fromStdString("T[" + text + "]R[" + reasoning + "]C[" + calls + "]");
}

}  // namespace

class AnswerParserTest : public QObject {
  Q_OBJECT

 private slots:
  void anySplitGivesTheSameParts() {
    const QString whole = split(kAnswer, 10000);
    QCOMPARE(whole,
             "T[Yes.]R[Is 1 < 2?]C[{\"name\": \"f\", \"arguments\": {\"b\": 1, \"a\": 2}}"
             "{\"name\": \"g\"}]");
    for (std::size_t size = 1; size < 30; ++size) QCOMPARE(split(kAnswer, size), whole);
  }
  void textThatLooksLikeAMarkStays() { QCOMPARE(split("a <thin b <", 3), "T[a <thin b <]R[]C[]"); }
  void textIsGivenAsSoonAsItIsCertain() {
    chat::AnswerParser parser;
    const auto pieces = parser.push("Hello <t");
    QCOMPARE(pieces.size(), std::size_t{1});
    QCOMPARE(pieces[0].text, std::string("Hello "));
  }
  void promptMayHaveOpenedTheReasoning() {
    QCOMPARE(split("why\n</think>\n\nthus", 4, true), "T[thus]R[why]C[]");
  }
  void unfinishedReasoningIsReasoning() { QCOMPARE(split("<think>so", 2), "T[]R[so]C[]"); }
  void unfinishedCallIsText() {
    QCOMPARE(split("a<tool_call>{\"n", 5), "T[a<tool_call>{\"n]R[]C[]");
  }
  void callsKeepTheOrderOfArguments() {
    const chat::Message message = chat::parseAnswer(kAnswer);
    QCOMPARE(message.toolCalls.size(), std::size_t{2});
    QCOMPARE(message.toolCalls[0].arguments.dump(), std::string("{\"b\":1,\"a\":2}"));
    QCOMPARE(chat::toJson(message).dump(),
             std::string(
                 "{\"role\":\"assistant\",\"content\":\"Yes.\",\"reasoning_content\":\"Is 1 < 2?\","
                 "\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
                 "\"arguments\":{\"b\":1,\"a\":2}}},{\"type\":\"function\",\"function\":"
                 "{\"name\":\"g\",\"arguments\":{}}}]}"));
  }
  void argumentsMayBeText() {
    const chat::ToolCall call = chat::parseToolCall(kCallWithText);
    QCOMPARE(call.arguments.dump(), std::string("{\"x\":1}"));
  }
  void wrongCallNamesTheField() {
    try {
      chat::parseToolCall("{\"name\": \"f\", \"arguments\": [1]}");
      QFAIL("no error");
    } catch (const Error& error) {
      QCOMPARE(QString(error.what()), "tool call.arguments: expected an object, found [1]");
    }
  }
};

ORRERY_TEST(AnswerParserTest)
#include "answer_parser_test.moc"
