// Python's two ways to format: "%s" % value and "{}".format(value).

#include <cmath>
#include <optional>

#include "core/chat/jinja/operators.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

constexpr int kMaxWidth = 10'000;

/// How one value is laid out: [[fill]align][sign][#][0][width][,][.precision][type]
struct Spec {
  std::string fill = " ";
  char align = '\0';  ///< '<', '>', '^', '=' or none
  char sign = '-';
  int width = 0;
  int precision = -1;
  bool thousands = false;
  char type = '\0';
};

int digitsAt(std::string_view text, std::size_t& at) {
  int value = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    value = value * 10 + (text[at++] - '0');
    if (value > kMaxWidth) throw fault("a format asks for more than {} characters", kMaxWidth);
  }
  return value;
}

std::string padded(std::string text, const Spec& spec, char align) {
  const auto length = static_cast<int>(lengthOf(text));
  if (length >= spec.width) return text;
  const int missing = spec.width - length;
  const auto fill = [&](int count) {
    std::string result;
    for (int i = 0; i < count; ++i) result += spec.fill;
    return result;
  };
  if (align == '<') return text + fill(missing);
  if (align == '^') return fill(missing / 2) + text + fill(missing - missing / 2);
  const bool signedText = !text.empty() && (text[0] == '-' || text[0] == '+');
  if (align == '=' && signedText) return text.substr(0, 1) + fill(missing) + text.substr(1);
  return fill(missing) + text;
}

std::string withThousands(const std::string& digits) {
  const auto end = digits.find_first_not_of("0123456789");
  std::string result = digits.substr(0, end);
  for (auto at = static_cast<std::ptrdiff_t>(result.size()) - 3; at > 0; at -= 3)
    result.insert(static_cast<std::size_t>(at), ",");
  return result + (end == digits.npos ? "" : digits.substr(end));
}

std::string magnitude(const Value& value, const Spec& spec) {
  const char type = spec.type;
  if (value.isInteger() && (type == '\0' || type == 'd' || type == 'i' || type == 'u'))
    return fmt::format("{}", value.integer() < 0
                                 ? std::uint64_t{0} - static_cast<std::uint64_t>(value.integer())
                                 : static_cast<std::uint64_t>(value.integer()));
  if (value.isInteger() &&
      (type == 'x' || type == 'X' || type == 'o' || type == 'b' || type == 'c')) {
    const std::uint64_t number =
        value.integer() < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value.integer())
                            : static_cast<std::uint64_t>(value.integer());
    return type == 'x'   ? fmt::format("{:x}", number)
           : type == 'X' ? fmt::format("{:X}", number)
           : type == 'o' ? fmt::format("{:o}", number)
                         : fmt::format("{:b}", number);
  }
  const double number = std::abs(value.number());
  const int precision = spec.precision < 0 ? 6 : spec.precision;
  switch (type) {
    case '\0':
      return spec.precision < 0 ? floatText(number) : fmt::format("{:.{}g}", number, precision);
    case 'f':
    case 'F':
      return fmt::format("{:.{}f}", number, precision);
    case 'e':
      return fmt::format("{:.{}e}", number, precision);
    case 'g':
      return fmt::format("{:.{}g}", number, precision);
    case '%':
      return fmt::format("{:.{}f}%", number * 100, precision);
    case 'd':
    case 'i':
      return fmt::format("{:.0f}", std::trunc(number));
    default:
      throw fault("unknown format code '{}' for {}", type, value.typeName());
  }
}

std::string formatNumber(const Value& value, const Spec& spec) {
  std::string text = magnitude(value, spec);
  if (spec.thousands) text = withThousands(text);
  const bool negative = value.isInteger() ? value.integer() < 0 : std::signbit(value.number());
  if (negative)
    text.insert(0, "-");
  else if (spec.sign != '-')
    text.insert(0, 1, spec.sign);
  return padded(std::move(text), spec, spec.align ? spec.align : '>');
}

std::string formatText(std::string text, const Spec& spec) {
  if (spec.precision >= 0) {
    std::size_t at = 0;
    for (int i = 0; i < spec.precision && at < text.size(); ++i) {
      ++at;
      while (at < text.size() && (text[at] & 0xC0) == 0x80) ++at;
    }
    text.resize(at);
  }
  return padded(std::move(text), spec, spec.align ? spec.align : '<');
}

Spec parseSpec(std::string_view text) {
  constexpr std::string_view kAligns = "<>^=";
  Spec spec;
  std::size_t at = 0;
  std::size_t fillEnd = text.empty() ? 0 : 1;
  while (fillEnd < text.size() && (text[fillEnd] & 0xC0) == 0x80) ++fillEnd;
  if (fillEnd < text.size() && kAligns.find(text[fillEnd]) != kAligns.npos) {
    spec.fill = text.substr(0, fillEnd);
    spec.align = text[fillEnd];
    at = fillEnd + 1;
  } else if (!text.empty() && kAligns.find(text[0]) != kAligns.npos) {
    spec.align = text[0];
    at = 1;
  }
  if (at < text.size() && (text[at] == '+' || text[at] == ' ' || text[at] == '-'))
    spec.sign = text[at++];
  if (at < text.size() && text[at] == '0') {
    ++at;
    spec.fill = "0";
    if (!spec.align) spec.align = '=';
  }
  spec.width = digitsAt(text, at);
  if (at < text.size() && text[at] == ',') {
    spec.thousands = true;
    ++at;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    spec.precision = digitsAt(text, at);
  }
  if (at < text.size()) spec.type = text[at++];
  if (at < text.size()) throw fault("invalid format specifier {}", orrery::quoted(text, 40));
  return spec;
}

std::string formatValue(const Value& value, const Spec& spec) {
  const bool textual = spec.type == 's' || spec.type == '\0';
  if (value.isNumber() && !value.is(Kind::kBool) && spec.type != 's')
    return formatNumber(value, spec);
  if (value.is(Kind::kBool) && !textual) return formatNumber(value, spec);
  if (!textual) throw fault("unknown format code '{}' for {}", spec.type, value.typeName());
  return formatText(toText(value), spec);
}

/// One conversion of a % format, from behind the percent sign; moves `at` behind it.
std::string conversion(std::string_view format, std::size_t& at, const Value& value) {
  Spec spec;
  spec.align = '>';
  for (; at < format.size(); ++at) {
    if (format[at] == '-')
      spec.align = '<';
    else if (format[at] == '0')
      spec.fill = "0", spec.align = spec.align == '<' ? '<' : '=';
    else if (format[at] == '+' || format[at] == ' ')
      spec.sign = format[at];
    else
      break;
  }
  if (spec.align == '<') spec.fill = " ";
  spec.width = digitsAt(format, at);
  if (at < format.size() && format[at] == '.') {
    ++at;
    spec.precision = digitsAt(format, at);
  }
  if (at >= format.size()) throw fault("incomplete format");
  spec.type = format[at++];
  if (spec.type == 's' || spec.type == 'r' || spec.type == 'a') {
    if (spec.fill == "0") spec.fill = " ", spec.align = '>';
    return formatText(spec.type == 's' ? toText(value) : toRepr(value), spec);
  }
  if (!value.isNumber())
    throw fault("%{} format: a number is required, not {}", spec.type, value.typeName());
  return formatNumber(value, spec);
}

/// The value that a replacement field names: "", "0", "name", "name.attribute", "0[key]".
Value fieldValue(Evaluator& evaluator, std::string_view name, const Arguments& arguments,
                 std::size_t& automatic) {
  const std::size_t end = std::min(name.find('.'), name.find('['));
  const std::string_view first = name.substr(0, end);
  Value value;
  if (first.empty() || (first[0] >= '0' && first[0] <= '9')) {
    std::size_t at = 0;
    const std::size_t index =
        first.empty() ? automatic++ : static_cast<std::size_t>(digitsAt(first, at));
    if (index >= arguments.positional.size())
      throw fault("replacement index {} out of range for positional arguments", index);
    value = arguments.positional[index];
  } else {
    bool found = false;
    for (const auto& [known, given] : arguments.named)
      if (known == first) value = given, found = true;
    if (!found) throw fault("format: argument {} is missing", orrery::quoted(first));
  }
  std::string_view rest = end == name.npos ? std::string_view() : name.substr(end);
  while (!rest.empty()) {
    const bool subscript = rest[0] == '[';
    const std::size_t stop = subscript ? rest.find(']') : rest.find_first_of(".[", 1);
    if (subscript && stop == rest.npos) throw fault("expected ']' in a format");
    const std::string_view part = rest.substr(1, stop == rest.npos ? stop : stop - 1);
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    std::size_t at = 0;
    value = !subscript ? evaluator.attribute(value, part)
            : number   ? evaluator.item(value, digitsAt(part, at))
                       : evaluator.item(value, part);
    rest = stop == rest.npos ? std::string_view() : rest.substr(subscript ? stop + 1 : stop);
  }
  return value;
}

}  // namespace

std::string formatPercent(Evaluator& evaluator, std::string_view format, const Value& values) {
  evaluator.spend(values.weight());
  const List items = values.is(Kind::kTuple) ? values.items() : List{values};
  std::string result;
  std::size_t next = 0;
  bool named = false;
  for (std::size_t at = 0; at < format.size();) {
    if (format[at] != '%') {
      result += format[at++];
      continue;
    }
    if (++at < format.size() && format[at] == '%') {
      result += format[at++];
      continue;
    }
    Value value;
    if (at < format.size() && format[at] == '(') {
      const std::size_t end = format.find(')', at);
      if (end == format.npos) throw fault("incomplete format key");
      value = evaluator.item(values, format.substr(at + 1, end - at - 1));
      named = true;
      at = end + 1;
    } else {
      if (next >= items.size()) throw fault("not enough arguments for format string");
      value = items[next++];
    }
    result += conversion(format, at, value);
    evaluator.spend(1 + value.weight());
  }
  if (!named && next < items.size() && !values.is(Kind::kDict))
    throw fault("not all arguments converted during string formatting");
  return result;
}

std::string formatBraces(Evaluator& evaluator, std::string_view format,
                         const Arguments& arguments) {
  std::string result;
  std::size_t automatic = 0;
  for (std::size_t at = 0; at < format.size();) {
    const char c = format[at];
    if ((c == '{' || c == '}') && at + 1 < format.size() && format[at + 1] == c) {
      result += c;
      at += 2;
      continue;
    }
    if (c == '}') throw fault("single '}}' encountered in format string");
    if (c != '{') {
      result += format[at++];
      continue;
    }
    const std::size_t end = format.find('}', at);
    if (end == format.npos) throw fault("single '{{' encountered in format string");
    std::string_view field = format.substr(at + 1, end - at - 1);
    std::string_view spec;
    if (const auto colon = field.find(':'); colon != field.npos) {
      spec = field.substr(colon + 1);
      field = field.substr(0, colon);
    }
    bool asRepr = false;
    if (field.size() >= 2 && field[field.size() - 2] == '!') {
      asRepr = field.back() == 'r';
      field.remove_suffix(2);
    }
    Value value = fieldValue(evaluator, field, arguments, automatic);
    evaluator.spend(1 + value.weight());
    if (asRepr) value = toRepr(value);
    result += formatValue(value, parseSpec(spec));
    at = end + 1;
  }
  return result;
}

}  // namespace orrery::chat::jinja
