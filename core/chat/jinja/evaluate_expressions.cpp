#include <algorithm>

#include "core/base/utf8.h"
#include "core/chat/jinja/callables.h"
#include "core/chat/jinja/evaluator.h"
#include "core/chat/jinja/operators.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

std::string describe(const Value& value) {
  if (value.is(Kind::kNone)) return "'None'";
  if (const Object* object = value.object()) return fmt::format("'{} object'", object->typeName());
  return fmt::format("'{} object'", value.typeName());
}

[[noreturn]] void failUndefined(const Value& value) {
  throw fault("{}", value.undefinedMessage());
}

/// sequence[index] with negative indices from the end; nothing if there is no such element.
std::optional<Value> elementAt(const Value& value, std::int64_t index) {
  const auto resolve = [&](std::size_t size) -> std::optional<std::size_t> {
    const auto length = static_cast<std::int64_t>(size);
    if (index < -length || index >= length) return std::nullopt;
    return static_cast<std::size_t>(index < 0 ? index + length : index);
  };
  if (value.isSequence()) {
    const auto at = resolve(value.items().size());
    return at ? std::optional(value.items()[*at]) : std::nullopt;
  }
  const std::string& text = value.string();
  if (isAscii(text)) {
    const auto at = resolve(text.size());
    return at ? std::optional(Value(text.substr(*at, 1))) : std::nullopt;
  }
  const std::u32string points = utf8::decode(text);
  const auto at = resolve(points.size());
  return at ? std::optional(Value(utf8::encode({&points[*at], 1}))) : std::nullopt;
}

}  // namespace

void Frame::set(std::string_view name, Value value) {
  for (auto& [known, old] : names)
    if (known == name) {
      old = std::move(value);
      return;
    }
  names.emplace_back(name, std::move(value));
}

const Value* Frame::find(std::string_view name) const {
  for (const Frame* frame = this; frame; frame = frame->parent.get())
    for (const auto& [known, value] : frame->names)
      if (known == name) return &value;
  return nullptr;
}

Value Evaluator::made(std::string text) {
  spend(text.size() / 64);
  return Value(std::move(text));
}

Value Evaluator::evaluate(const Expr& expr, const FramePtr& frame) {
  spend();
  if (depth_ >= limits_.depth) throw fault("nested more than {} levels deep", limits_.depth);
  ++depth_;
  line_ = expr.line;
  const auto visit = [&](const auto& node) -> Value {
    using Node = std::decay_t<decltype(node)>;
    if constexpr (std::is_same_v<Node, Literal>) {
      return node.value;
    } else if constexpr (std::is_same_v<Node, Name>) {
      return evaluateName(node, frame);
    } else if constexpr (std::is_same_v<Node, ListExpr>) {
      return Value::list(evaluateAll(node.items, frame));
    } else if constexpr (std::is_same_v<Node, TupleExpr>) {
      return Value::tuple(evaluateAll(node.items, frame));
    } else if constexpr (std::is_same_v<Node, DictExpr>) {
      Dict dict;
      for (const auto& [key, value] : node.entries) {
        Value evaluated = evaluate(*key, frame);
        spend(evaluated.weight());
        dict.set(std::move(evaluated), evaluate(*value, frame));
      }
      return dict;
    } else if constexpr (std::is_same_v<Node, Unary>) {
      return evaluateUnary(node, frame);
    } else if constexpr (std::is_same_v<Node, Binary>) {
      const Value left = evaluate(*node.left, frame);
      const Value right = evaluate(*node.right, frame);
      line_ = expr.line;
      return apply(*this, node.op, left, right);
    } else if constexpr (std::is_same_v<Node, Compare>) {
      return evaluateCompare(node, frame);
    } else if constexpr (std::is_same_v<Node, Logical>) {
      Value value;
      for (const ExprPtr& part : node.parts) {
        value = evaluate(*part, frame);
        if (value.truthy() != node.isAnd) break;
      }
      return value;
    } else if constexpr (std::is_same_v<Node, Concat>) {
      return evaluateConcat(node, frame);
    } else if constexpr (std::is_same_v<Node, Conditional>) {
      return evaluateConditional(node, frame);
    } else if constexpr (std::is_same_v<Node, Attribute>) {
      return attribute(evaluate(*node.object, frame), node.name);
    } else if constexpr (std::is_same_v<Node, Subscript>) {
      const Value object = evaluate(*node.object, frame);
      return item(object, evaluate(*node.index, frame));
    } else if constexpr (std::is_same_v<Node, Slice>) {
      return evaluateSlice(node, frame);
    } else if constexpr (std::is_same_v<Node, Call>) {
      const Value callee = evaluate(*node.callee, frame);
      const Arguments given = arguments(node.args, frame);
      line_ = expr.line;
      return call(callee, given);
    } else if constexpr (std::is_same_v<Node, Filter>) {
      return evaluateFilter(node, frame, nullptr);
    } else {
      const Value input = evaluate(*node.input, frame);
      const Arguments given = arguments(node.args, frame);
      line_ = expr.line;
      return applyTest(node.name, input, given) != node.negated;
    }
  };
  Value result = std::visit(visit, expr.node);
  --depth_;
  return result;
}

Value Evaluator::evaluateName(const Name& node, const FramePtr& frame) {
  const Value* value = frame->find(node.name);
  return value ? *value : Value::undefined(fmt::format("'{}' is undefined", node.name));
}

Value Evaluator::evaluateUnary(const Unary& node, const FramePtr& frame) {
  const Value value = evaluate(*node.operand, frame);
  if (node.op == UnaryOp::kNot) return !value.truthy();
  const Value negated = negate(value);
  return node.op == UnaryOp::kNegative ? negated : negate(negated);
}

Value Evaluator::evaluateCompare(const Compare& node, const FramePtr& frame) {
  Value left = evaluate(*node.first, frame);
  for (const auto& [op, operand] : node.rest) {
    Value right = evaluate(*operand, frame);
    if (!compare(*this, op, left, right)) return false;
    left = std::move(right);
  }
  return true;
}

Value Evaluator::evaluateConcat(const Concat& node, const FramePtr& frame) {
  std::string text;
  for (const ExprPtr& part : node.parts) {
    const Value value = evaluate(*part, frame);
    spend(value.weight());
    text += toText(value);
  }
  return made(std::move(text));
}

Value Evaluator::evaluateConditional(const Conditional& node, const FramePtr& frame) {
  if (evaluate(*node.test, frame).truthy()) return evaluate(*node.then, frame);
  if (node.otherwise) return evaluate(*node.otherwise, frame);
  return Value::undefined("the inline if-expression evaluated to false and has no else");
}

Value Evaluator::evaluateSlice(const Slice& node, const FramePtr& frame) {
  const Value object = evaluate(*node.object, frame);
  Value bounds[3];
  const ExprPtr* exprs[] = {&node.start, &node.stop, &node.step};
  for (int i = 0; i < 3; ++i)
    if (*exprs[i]) bounds[i] = evaluate(**exprs[i], frame);
  return sliced(*this, object, bounds[0], bounds[1], bounds[2]);
}

Value Evaluator::evaluateFilter(const Filter& node, const FramePtr& frame,
                                const Value* blockInput) {
  const int line = line_;
  const Value input = !node.input  ? *blockInput
                      : blockInput ? filterBlock(*node.input, frame, *blockInput)
                                   : evaluate(*node.input, frame);
  const Arguments given = arguments(node.args, frame);
  line_ = line;
  return applyFilter(node.name, input, given);
}

Value Evaluator::filterBlock(const Expr& expr, const FramePtr& frame, const Value& input) {
  return evaluateFilter(std::get<Filter>(expr.node), frame, &input);
}

List Evaluator::evaluateAll(const std::vector<ExprPtr>& exprs, const FramePtr& frame) {
  List values;
  values.reserve(exprs.size());
  for (const ExprPtr& expr : exprs) values.push_back(evaluate(*expr, frame));
  return values;
}

Arguments Evaluator::arguments(const CallArgs& args, const FramePtr& frame) {
  Arguments result;
  result.positional = evaluateAll(args.positional, frame);
  for (const auto& [name, value] : args.named)
    result.named.emplace_back(name, evaluate(*value, frame));
  if (args.unpackedList)
    for (Value& value : iterate(evaluate(*args.unpackedList, frame)))
      result.positional.push_back(std::move(value));
  if (args.unpackedDict) {
    const Value unpacked = evaluate(*args.unpackedDict, frame);
    for (const auto& [name, value] : unpacked.dict().entries())
      result.named.emplace_back(name.string(), value);
  }
  return result;
}

Value Evaluator::call(const Value& callee, const Arguments& arguments) {
  if (callee.is(Kind::kUndefined)) failUndefined(callee);
  if (!callee.object()) throw fault("'{}' object is not callable", callee.typeName());
  // The object may be replaced by what it does.
  const Value held = callee;
  return held.object()->call(*this, arguments);
}

Value Evaluator::attribute(const Value& value, std::string_view name) {
  if (value.is(Kind::kUndefined)) failUndefined(value);
  if (Object* object = value.object()) {
    if (auto found = object->attribute(name)) return *std::move(found);
  } else if (const Method method = findMethod(value, name)) {
    return std::make_shared<BoundMethod>(value, method);
  } else if (value.is(Kind::kDict)) {
    if (const Value* found = value.dict().find(name)) return *found;
  } else if (value.isSequence()) {
    const auto& fields = value.sequence().fields;
    const auto field = std::find(fields.begin(), fields.end(), name);
    if (field != fields.end())
      return value.items()[static_cast<std::size_t>(field - fields.begin())];
  }
  return Value::undefined(fmt::format("{} has no attribute '{}'", describe(value), name));
}

Value Evaluator::item(const Value& value, const Value& index) {
  if (value.is(Kind::kUndefined)) failUndefined(value);
  spend(index.weight());
  if (value.is(Kind::kDict)) {
    const bool hashable =
        !index.isSequence() && !index.is(Kind::kDict) && !index.is(Kind::kIterator);
    if (const Value* found = hashable ? value.dict().find(index) : nullptr) return *found;
  } else if ((value.isSequence() || value.is(Kind::kString)) && index.isInteger()) {
    spend(value.is(Kind::kString) ? value.string().size() / 64 : 0);
    if (auto found = elementAt(value, index.integer())) return *std::move(found);
    return Value::undefined(fmt::format("{} has no element {}", describe(value), index.integer()));
  }
  if (index.is(Kind::kString)) return attribute(value, index.string());
  return Value::undefined(
      fmt::format("{} has no element {}", describe(value), orrery::quoted(toRepr(index))));
}

List Evaluator::iterate(const Value& value) {
  List items;
  switch (value.kind()) {
    case Kind::kUndefined:
      break;
    case Kind::kList:
    case Kind::kTuple:
      items = value.items();
      break;
    case Kind::kDict:
      for (const auto& [key, entry] : value.dict().entries()) items.push_back(key);
      break;
    case Kind::kIterator: {
      Iterator& iterator = value.iterator();
      items.assign(iterator.items.begin() + static_cast<std::ptrdiff_t>(iterator.next),
                   iterator.items.end());
      iterator.next = iterator.items.size();
      break;
    }
    case Kind::kString:
      spend(4 * value.string().size());  // each character becomes a string of its own
      for (std::size_t at = 0, from = 0; at < value.string().size(); from = at) {
        utf8::next(value.string(), at);
        items.emplace_back(value.string().substr(from, at - from));
      }
      break;
    default:
      throw fault("'{}' object is not iterable", value.typeName());
  }
  spend(items.size());
  return items;
}

}  // namespace orrery::chat::jinja
