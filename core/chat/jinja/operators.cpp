#include "core/chat/jinja/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/utf8.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

Error unsupported(std::string_view op, const Value& left, const Value& right) {
  for (const Value* value : {&left, &right})
    if (value->is(Kind::kUndefined)) return fault("{}", value->undefinedMessage());
  return fault("unsupported operand types for {}: '{}' and '{}'", op, left.typeName(),
               right.typeName());
}

Error overflow() {
  return fault("an integer exceeds 64 bits");
}

Error divisionByZero() {
  return fault("division by zero");
}

std::int64_t floorDivide(std::int64_t a, std::int64_t b) {
  if (b == 0) throw divisionByZero();
  if (b == -1) {
    std::int64_t result = 0;
    if (__builtin_sub_overflow(std::int64_t{0}, a, &result)) throw overflow();
    return result;
  }
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

std::int64_t integerPower(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  if (base == 0 || base == 1) return exponent == 0 ? 1 : base;
  if (base == -1) return exponent % 2 == 0 ? 1 : -1;
  for (; exponent > 0; --exponent)
    if (__builtin_mul_overflow(result, base, &result)) throw overflow();
  return result;
}

Value integers(BinaryOp op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflows = false;
  switch (op) {
    case BinaryOp::kAdd:
      overflows = __builtin_add_overflow(a, b, &result);
      break;
    case BinaryOp::kSubtract:
      overflows = __builtin_sub_overflow(a, b, &result);
      break;
    case BinaryOp::kMultiply:
      overflows = __builtin_mul_overflow(a, b, &result);
      break;
    case BinaryOp::kDivide:
      if (b == 0) throw divisionByZero();
      return static_cast<double>(a) / static_cast<double>(b);
    case BinaryOp::kFloorDivide:
      return floorDivide(a, b);
    case BinaryOp::kModulo:
      if (b == -1) return 0;
      return a - floorDivide(a, b) * b;
    case BinaryOp::kPower:
      if (b >= 0) return integerPower(a, b);
      if (a == 0) throw divisionByZero();
      return std::pow(static_cast<double>(a), static_cast<double>(b));
  }
  if (overflows) throw overflow();
  return result;
}

Value floats(BinaryOp op, double a, double b) {
  const bool divides =
      op == BinaryOp::kDivide || op == BinaryOp::kFloorDivide || op == BinaryOp::kModulo;
  if (divides && b == 0) throw divisionByZero();
  switch (op) {
    case BinaryOp::kAdd:
      return a + b;
    case BinaryOp::kSubtract:
      return a - b;
    case BinaryOp::kMultiply:
      return a * b;
    case BinaryOp::kDivide:
      return a / b;
    case BinaryOp::kFloorDivide:
      return std::floor(a / b);
    case BinaryOp::kModulo: {
      const double rest = std::fmod(a, b);
      return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
    case BinaryOp::kPower:
      break;
  }
  return std::pow(a, b);
}

/// A string or sequence, `count` times.
Value repeated(Evaluator& evaluator, const Value& value, std::int64_t count) {
  const auto times = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
  const std::size_t size = value.is(Kind::kString) ? value.string().size() : value.items().size();
  std::uint64_t total = 0;
  if (__builtin_mul_overflow(times, std::uint64_t{size}, &total))
    total = std::numeric_limits<std::uint64_t>::max() / 2;
  evaluator.spend(value.is(Kind::kString) ? total / 64 : total);
  if (size == 0) return value;
  if (value.is(Kind::kString)) {
    std::string text;
    for (std::uint64_t i = 0; i < times; ++i) text += value.string();
    return text;
  }
  List items;
  for (std::uint64_t i = 0; i < times; ++i)
    items.insert(items.end(), value.items().begin(), value.items().end());
  return value.is(Kind::kList) ? Value::list(std::move(items)) : Value::tuple(std::move(items));
}

Value added(Evaluator& evaluator, const Value& left, const Value& right) {
  if (left.is(Kind::kString) && right.is(Kind::kString)) {
    evaluator.spend((left.string().size() + right.string().size()) / 64);
    return left.string() + right.string();
  }
  if (left.isSequence() && left.kind() == right.kind()) {
    List items = left.items();
    items.insert(items.end(), right.items().begin(), right.items().end());
    evaluator.spend(items.size());
    return left.is(Kind::kList) ? Value::list(std::move(items)) : Value::tuple(std::move(items));
  }
  if (left.is(Kind::kString) && !right.is(Kind::kUndefined))
    throw fault("can only concatenate str (not \"{}\") to str", right.typeName());
  throw unsupported("+", left, right);
}

std::int64_t boundOf(const Value& value, std::int64_t otherwise) {
  if (value.is(Kind::kNone)) return otherwise;
  if (!value.isInteger())
    throw fault("slice indices must be integers or None, found {}", value.typeName());
  return value.integer();
}

/// Positions that start:stop:step picks from `size` elements.
std::vector<std::size_t> slicePositions(std::size_t size, const Value& start, const Value& stop,
                                        std::int64_t step) {
  const auto length = static_cast<std::int64_t>(size);
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? length : length - 1;
  const auto clamp = [&](std::int64_t bound) {
    if (bound < 0) bound += length;
    return std::clamp(bound, low, high);
  };
  const std::int64_t first =
      start.is(Kind::kNone) ? (step > 0 ? low : high) : clamp(boundOf(start, 0));
  const std::int64_t last =
      stop.is(Kind::kNone) ? (step > 0 ? high : low) : clamp(boundOf(stop, 0));
  std::vector<std::size_t> positions;
  for (std::int64_t i = first; step > 0 ? i < last : i > last;) {
    positions.push_back(static_cast<std::size_t>(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return positions;
}

}  // namespace

Value negate(const Value& value) {
  if (value.is(Kind::kFloat)) return -value.number();
  if (value.isInteger()) return integers(BinaryOp::kSubtract, 0, value.integer());
  if (value.is(Kind::kUndefined)) throw fault("{}", value.undefinedMessage());
  throw fault("bad operand type for unary -: '{}'", value.typeName());
}

Value apply(Evaluator& evaluator, BinaryOp op, const Value& left, const Value& right) {
  constexpr std::string_view kSymbols[] = {"+", "-", "*", "/", "//", "%", "**"};
  if (left.isInteger() && right.isInteger()) return integers(op, left.integer(), right.integer());
  if (left.isNumber() && right.isNumber()) return floats(op, left.number(), right.number());
  if (op == BinaryOp::kAdd) return added(evaluator, left, right);
  if (op == BinaryOp::kModulo && left.is(Kind::kString))
    return evaluator.made(formatPercent(evaluator, left.string(), right));
  const auto repeats = [](const Value& value) {
    return value.is(Kind::kString) || value.isSequence();
  };
  if (op == BinaryOp::kMultiply && repeats(left) && right.isInteger())
    return repeated(evaluator, left, right.integer());
  if (op == BinaryOp::kMultiply && repeats(right) && left.isInteger())
    return repeated(evaluator, right, left.integer());
  throw unsupported(kSymbols[static_cast<int>(op)], left, right);
}

bool contains(Evaluator& evaluator, const Value& container, const Value& item) {
  if (container.is(Kind::kString)) {
    if (!item.is(Kind::kString))
      throw fault("'in <string>' requires string as left operand, not {}", item.typeName());
    evaluator.spend(container.string().size() / 64);
    return container.string().find(item.string()) != std::string::npos;
  }
  if (container.is(Kind::kDict)) return container.dict().find(item) != nullptr;
  if (container.is(Kind::kUndefined)) return false;
  evaluator.spend(container.weight());
  for (const Value& element : evaluator.iterate(container))
    if (equals(element, item)) return true;
  return false;
}

bool compare(Evaluator& evaluator, CompareOp op, const Value& left, const Value& right) {
  evaluator.spend(std::min(left.weight(), right.weight()));
  switch (op) {
    case CompareOp::kEqual:
      return equals(left, right);
    case CompareOp::kNotEqual:
      return !equals(left, right);
    case CompareOp::kLess:
      return lessThan(left, right);
    case CompareOp::kGreater:
      return lessThan(right, left);
    case CompareOp::kLessEqual:
      return lessThan(left, right) || equals(left, right);
    case CompareOp::kGreaterEqual:
      return lessThan(right, left) || equals(left, right);
    case CompareOp::kIn:
      return contains(evaluator, right, left);
    case CompareOp::kNotIn:
      break;
  }
  return !contains(evaluator, right, left);
}

Value sliced(Evaluator& evaluator, const Value& value, const Value& start, const Value& stop,
             const Value& stepValue) {
  const std::int64_t step = boundOf(stepValue, 1);
  if (step == 0) throw fault("slice step cannot be zero");
  if (value.is(Kind::kUndefined)) throw fault("{}", value.undefinedMessage());
  if (value.is(Kind::kString)) {
    const std::u32string points = utf8::decode(value.string());
    evaluator.spend(points.size() / 16);
    std::string text;
    for (const std::size_t at : slicePositions(points.size(), start, stop, step))
      utf8::append(text, points[at]);
    return text;
  }
  if (!value.isSequence())
    return Value::undefined(fmt::format("'{} object' cannot be sliced", value.typeName()));
  List items;
  for (const std::size_t at : slicePositions(value.items().size(), start, stop, step))
    items.push_back(value.items()[at]);
  evaluator.spend(items.size());
  return value.is(Kind::kList) ? Value::list(std::move(items)) : Value::tuple(std::move(items));
}

std::int64_t sizeOf(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return 0;
    case Kind::kString:
      return static_cast<std::int64_t>(lengthOf(value.string()));
    case Kind::kList:
    case Kind::kTuple:
      return static_cast<std::int64_t>(value.items().size());
    case Kind::kDict:
      return static_cast<std::int64_t>(value.dict().entries().size());
    default:
      throw fault("object of type '{}' has no len()", value.typeName());
  }
}

}  // namespace orrery::chat::jinja
