#include <charconv>
#include <cmath>
#include <limits>

#include "core/chat/jinja/filters.h"
#include "core/chat/jinja/operators.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

using Args = const Arguments&;
using Input = const Value&;

std::optional<double> parsedFloat(std::string_view source) {
  std::string text = stripped(source, Ends::kBoth);
  std::erase(text, '_');
  const std::size_t sign = text.starts_with('+') ? 1 : 0;
  double value = 0;
  const auto result = std::from_chars(text.data() + sign, text.data() + text.size(), value);
  if (result.ptr != text.data() + text.size() || result.ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parsedInteger(std::string_view source, int base) {
  std::string text = stripped(source, Ends::kBoth);
  std::erase(text, '_');
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.erase(0, 1);
  const char prefix = base == 16 ? 'x' : base == 8 ? 'o' : base == 2 ? 'b' : '\0';
  if (prefix && text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == prefix) text.erase(0, 2);
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (result.ptr != text.data() + text.size() || result.ec != std::errc() || text.starts_with('-'))
    return std::nullopt;
  return negative ? -value : value;
}

std::optional<std::int64_t> truncated(double value) {
  if (!(std::abs(value) < 9.2e18)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

Value toInt(Evaluator&, Input input, Args args) {
  const auto values = args.bind("int", {"default", "base"});
  const Value otherwise = values[0].value_or(Value(0));
  if (input.isInteger()) return input.integer();
  if (input.is(Kind::kFloat)) {
    const auto value = truncated(input.number());
    return value ? Value(*value) : otherwise;
  }
  if (!input.is(Kind::kString)) return otherwise;
  const std::int64_t base = values[1] ? values[1]->integer() : 10;
  if (base < 2 || base > 36) throw fault("int: expected a base from 2 to 36, found {}", base);
  if (const auto value = parsedInteger(input.string(), static_cast<int>(base))) return *value;
  const auto number = parsedFloat(input.string());
  const auto value = number ? truncated(*number) : std::nullopt;
  return value ? Value(*value) : otherwise;
}

Value toFloat(Evaluator&, Input input, Args args) {
  const Value otherwise = args.bind("float", {"default"})[0].value_or(Value(0.0));
  if (input.isNumber()) return input.number();
  if (!input.is(Kind::kString)) return otherwise;
  const auto value = parsedFloat(input.string());
  return value ? Value(*value) : otherwise;
}

Value absolute(Evaluator&, Input input, Args args) {
  args.bind("abs", {});
  if (input.is(Kind::kFloat)) return std::abs(input.number());
  if (input.is(Kind::kUndefined)) throw fault("{}", input.undefinedMessage());
  return input.integer() < 0 ? negate(input) : Value(input.integer());
}

/// To the nearest number with that many decimals; of two equally near the one with an even digit,
/// judged on the exact binary value, as Python does.
double roundedTo(double value, int precision) {
  if (precision >= 0) {
    const std::string text = fmt::format("{:.{}f}", value, precision);
    double result = 0;
    std::from_chars(text.data(), text.data() + text.size(), result);
    return result;
  }
  const double scale = std::pow(10.0, -precision);
  return std::nearbyint(value / scale) * scale;
}

Value round(Evaluator&, Input input, Args args) {
  const auto values = args.bind("round", {"precision", "method"});
  const std::int64_t precision = values[0] ? values[0]->integer() : 0;
  if (precision < -300 || precision > 300)
    throw fault("round: expected a precision from -300 to 300, found {}", precision);
  const std::string method = values[1] ? values[1]->string() : "common";
  if (method == "common") {
    const int digits = static_cast<int>(precision);
    if (input.isInteger() && digits >= 0) return input.integer();
    if (input.isInteger()) return *truncated(roundedTo(input.number(), digits));
    return roundedTo(input.number(), digits);
  }
  const double scale = std::pow(10.0, static_cast<double>(precision));
  if (method == "ceil") return std::ceil(input.number() * scale) / scale;
  if (method == "floor") return std::floor(input.number() * scale) / scale;
  throw fault("round: expected method common, ceil or floor, found {}", orrery::quoted(method));
}

Value sum(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("sum", {"attribute", "start"});
  Value total = values[1].value_or(Value(0));
  for (const Value& item : evaluator.iterate(input)) {
    const bool whole = !values[0] || values[0]->is(Kind::kNone);
    total = apply(evaluator, BinaryOp::kAdd, total,
                  whole ? item : attributeOf(evaluator, item, *values[0]));
  }
  return total;
}

Value filesizeformat(Evaluator&, Input input, Args args) {
  const auto values = args.bind("filesizeformat", {"binary"});
  const bool binary = values[0] && values[0]->truthy();
  const double bytes =
      input.is(Kind::kString) ? parsedFloat(input.string()).value_or(0) : input.number();
  if (bytes == 1) return "1 Byte";
  const double base = binary ? 1024 : 1000;
  if (bytes < base)
    return fmt::format("{} Bytes", static_cast<std::int64_t>(std::max(bytes, -9e18)));
  constexpr std::string_view kLetters = "kMGTPEZY";
  double unit = base;
  std::size_t i = 0;
  for (; i + 1 < kLetters.size() && bytes >= unit * base; ++i) unit *= base;
  const char letter = binary && i == 0 ? 'K' : kLetters[i];
  return fmt::format("{:.1f} {}{}", bytes / unit, letter, binary ? "iB" : "B");
}

constexpr NamedFilter kFilters[] = {
    {"abs", absolute},  {"filesizeformat", filesizeformat},
    {"float", toFloat}, {"int", toInt},
    {"round", round},   {"sum", sum},
};

}  // namespace

std::span<const NamedFilter> numberFilters() {
  return kFilters;
}

}  // namespace orrery::chat::jinja
