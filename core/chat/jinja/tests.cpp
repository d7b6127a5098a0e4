// Jinja's tests: what may stand behind `is`.

#include <algorithm>

#include "core/base/utf8.h"
#include "core/chat/jinja/filters.h"
#include "core/chat/jinja/operators.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

using Args = const Arguments&;
using Input = const Value&;

template <Kind... kinds>
bool isKind(Evaluator&, Input input, Args args) {
  args.bind("test", {});
  return (input.is(kinds) || ...);
}

bool isDefined(Evaluator&, Input input, Args args) {
  args.bind("defined", {});
  return !input.is(Kind::kUndefined);
}

template <bool value>
bool isBoolean(Evaluator&, Input input, Args args) {
  args.bind("test", {});
  return input.is(Kind::kBool) && input.boolean() == value;
}

template <CompareOp op>
bool compares(Evaluator& evaluator, Input input, Args args) {
  return compare(evaluator, op, input, *args.bind("test", {"other"}, 1)[0]);
}

bool divides(Evaluator& evaluator, Input input, const Value& divisor, std::int64_t rest) {
  return equals(apply(evaluator, BinaryOp::kModulo, input, divisor), rest);
}

template <int rest>
bool isParity(Evaluator& evaluator, Input input, Args args) {
  args.bind("test", {});
  return divides(evaluator, input, 2, rest);
}

bool isDivisibleBy(Evaluator& evaluator, Input input, Args args) {
  return divides(evaluator, input, *args.bind("divisibleby", {"num"}, 1)[0], 0);
}

template <bool (*wanted)(char32_t), bool (*refused)(char32_t)>
bool isCased(Evaluator&, Input input, Args args) {
  args.bind("test", {});
  const std::u32string text = utf8::decode(toText(input));
  return std::any_of(text.begin(), text.end(), wanted) &&
         std::none_of(text.begin(), text.end(), refused);
}

bool isSameAs(Evaluator&, Input input, Args args) {
  const Value other = *args.bind("sameas", {"other"}, 1)[0];
  if (input.kind() != other.kind()) return false;
  if (input.isSequence()) return &input.sequence() == &other.sequence();
  if (input.is(Kind::kDict)) return &input.dict() == &other.dict();
  return equals(input, other);
}

bool isIterable(Evaluator&, Input input, Args args) {
  args.bind("iterable", {});
  return input.isSequence() || input.is(Kind::kDict) || input.is(Kind::kString) ||
         input.is(Kind::kIterator) || input.is(Kind::kUndefined);
}

bool isCallable(Evaluator&, Input input, Args args) {
  args.bind("callable", {});
  return input.object() && input.object()->callable();
}

bool isFilter(Evaluator&, Input input, Args args) {
  args.bind("filter", {});
  return input.is(Kind::kString) && findFilter(input.string());
}

bool isTest(Evaluator&, Input input, Args args) {
  args.bind("test", {});
  return input.is(Kind::kString) && findTest(input.string());
}

bool isEscaped(Evaluator&, Input, Args args) {
  args.bind("escaped", {});
  return false;  // there is no autoescaping, so no text is marked as safe
}

constexpr NamedTest kTests[] = {
    {"!=", compares<CompareOp::kNotEqual>},
    {"<", compares<CompareOp::kLess>},
    {"<=", compares<CompareOp::kLessEqual>},
    {"==", compares<CompareOp::kEqual>},
    {">", compares<CompareOp::kGreater>},
    {">=", compares<CompareOp::kGreaterEqual>},
    {"boolean", isKind<Kind::kBool>},
    {"callable", isCallable},
    {"defined", isDefined},
    {"divisibleby", isDivisibleBy},
    {"eq", compares<CompareOp::kEqual>},
    {"equalto", compares<CompareOp::kEqual>},
    {"escaped", isEscaped},
    {"even", isParity<0>},
    {"false", isBoolean<false>},
    {"filter", isFilter},
    {"float", isKind<Kind::kFloat>},
    {"ge", compares<CompareOp::kGreaterEqual>},
    {"greaterthan", compares<CompareOp::kGreater>},
    {"gt", compares<CompareOp::kGreater>},
    {"in", compares<CompareOp::kIn>},
    {"integer", isKind<Kind::kInt>},
    {"iterable", isIterable},
    {"le", compares<CompareOp::kLessEqual>},
    {"lessthan", compares<CompareOp::kLess>},
    {"lower", isCased<isLower, isUpper>},
    {"lt", compares<CompareOp::kLess>},
    {"mapping", isKind<Kind::kDict>},
    {"ne", compares<CompareOp::kNotEqual>},
    {"none", isKind<Kind::kNone>},
    {"number", isKind<Kind::kBool, Kind::kInt, Kind::kFloat>},
    {"odd", isParity<1>},
    {"sameas", isSameAs},
    {"sequence", isKind<Kind::kString, Kind::kList, Kind::kTuple, Kind::kDict, Kind::kUndefined>},
    {"string", isKind<Kind::kString>},
    {"test", isTest},
    {"true", isBoolean<true>},
    {"undefined", isKind<Kind::kUndefined>},
    {"upper", isCased<isUpper, isLower>},
};

}  // namespace

TestBody findTest(std::string_view name) {
  for (const NamedTest& test : kTests)
    if (test.name == name) return test.body;
  return nullptr;
}

bool Evaluator::applyTest(std::string_view name, const Value& input, const Arguments& arguments) {
  spend();
  const TestBody test = findTest(name);
  if (!test) throw fault("there is no test named {}", orrery::quoted(name, 40));
  return test(*this, input, arguments);
}

}  // namespace orrery::chat::jinja
