// Values as text: Python's str, repr and json.dumps.

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/utf8.h"
#include "core/chat/jinja/object.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

/// Characters that repr shows as they are.
bool isPrintable(char32_t c) {
  if (c < 0x7F) return c >= 0x20;
  if (c == 0xAD || isSpace(c) || c < 0xA0) return false;
  const bool format = (c >= 0x600 && c <= 0x605) || c == 0x61C || c == 0x6DD || c == 0x70F ||
                      c == 0x180E || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
                      (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB);
  const bool reserved = (c >= 0xE000 && c <= 0xF8FF) || (c & 0xFFFE) == 0xFFFE ||
                        (c >= 0xE0000 && c <= 0xE007F) || c >= 0xF0000;
  return !format && !reserved;
}

std::string stringRepr(std::string_view text) {
  const bool doubleQuotes = text.find('\'') != text.npos && text.find('"') == text.npos;
  const char quote = doubleQuotes ? '"' : '\'';
  std::string result(1, quote);
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = utf8::next(text, at);
    if (c == static_cast<char32_t>(quote) || c == '\\')
      (result += '\\') += static_cast<char>(c);
    else if (c == '\n')
      result += "\\n";
    else if (c == '\r')
      result += "\\r";
    else if (c == '\t')
      result += "\\t";
    else if (isPrintable(c))
      utf8::append(result, c);
    else if (c < 0x100)
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else if (c < 0x10000)
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      result += fmt::format("\\U{:08x}", static_cast<unsigned>(c));
  }
  return result += quote;
}

std::string joinedRepr(const List& items) {
  std::string result;
  for (const Value& item : items) {
    if (!result.empty()) result += ", ";
    result += toRepr(item);
  }
  return result;
}

std::string dictRepr(const Dict& dict) {
  std::string result = "{";
  for (const auto& [key, value] : dict.entries()) {
    if (result.size() > 1) result += ", ";
    result += toRepr(key) + ": " + toRepr(value);
  }
  return result += "}";
}

class JsonWriter {
 public:
  explicit JsonWriter(const JsonStyle& style) : style_(style) {}

  void write(const Value& value, int level) {
    switch (value.kind()) {
      case Kind::kNone:
        out += "null";
        return;
      case Kind::kBool:
        out += value.boolean() ? "true" : "false";
        return;
      case Kind::kInt:
        out += std::to_string(value.integer());
        return;
      case Kind::kFloat:
        out += number(value.number());
        return;
      case Kind::kString:
        string(value.string());
        return;
      case Kind::kList:
      case Kind::kTuple:
        sequence(value.items(), level);
        return;
      case Kind::kDict:
        dict(value.dict(), level);
        return;
      default:
        throw fault("tojson: a value of type {} is not JSON serializable", value.typeName());
    }
  }

  std::string out;

 private:
  static std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return floatText(value);
  }

  void escape(char32_t c) {
    if (c >= 0x10000) {
      escape(0xD800 + ((c - 0x10000) >> 10));
      escape(0xDC00 + ((c - 0x10000) & 0x3FF));
    } else {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
  }

  void string(std::string_view text) {
    constexpr std::string_view kSpecial = "\"\\\n\r\t\f\b";
    constexpr std::string_view kLetters = "\"\\nrtfb";
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
      const char32_t c = utf8::next(text, at);
      const auto special = c < 0x80 ? kSpecial.find(static_cast<char>(c)) : kSpecial.npos;
      if (special != kSpecial.npos)
        (out += '\\') += kLetters[special];
      else if (c < 0x20 || (style_.ensureAscii && c > 0x7E))
        escape(c);
      else
        utf8::append(out, c);
    }
    out += '"';
  }

  void newLine(int level) {
    if (!style_.multiline) return;
    out += '\n';
    for (int i = 0; i < level; ++i) out += style_.indent;
  }

  void sequence(const List& items, int level) {
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += style_.itemSeparator;
      newLine(level + 1);
      write(items[i], level + 1);
    }
    if (!items.empty()) newLine(level);
    out += ']';
  }

  void key(const Value& key) {
    if (key.is(Kind::kString)) return string(key.string());
    if (!key.isNumber() && !key.is(Kind::kNone))
      throw fault("tojson: keys must be strings, numbers or None, found {}", key.typeName());
    out += '"';
    write(key, 0);
    out += '"';
  }

  void dict(const Dict& dict, int level) {
    std::vector<const Dict::Entry*> entries;
    for (const auto& entry : dict.entries()) entries.push_back(&entry);
    if (style_.sortKeys)
      std::stable_sort(entries.begin(), entries.end(),
                       [](auto* a, auto* b) { return lessThan(a->first, b->first); });
    out += '{';
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out += style_.itemSeparator;
      newLine(level + 1);
      key(entries[i]->first);
      out += style_.keySeparator;
      write(entries[i]->second, level + 1);
    }
    if (!entries.empty()) newLine(level);
    out += '}';
  }

  const JsonStyle& style_;
};

}  // namespace

std::string floatText(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  // "d.ddde±xx" with the fewest digits; Python writes exponents from 1e16 on and below 1e-4.
  char buffer[40];
  const auto written =
      std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific);
  const std::string_view shortest(buffer, static_cast<std::size_t>(written.ptr - buffer));
  const auto mark = shortest.find('e');
  const int exponent = std::stoi(std::string(shortest.substr(mark + 1)));
  std::string digits;
  for (const char c : shortest.substr(0, mark))
    if (c != '.') digits += c;
  const std::string sign = std::signbit(value) ? "-" : "";
  const int count = static_cast<int>(digits.size());
  if (value != 0 && (exponent < -4 || exponent >= 16)) {
    const std::string fraction = count > 1 ? "." + digits.substr(1) : "";
    return fmt::format("{}{}{}e{}{:02}", sign, digits[0], fraction, exponent < 0 ? '-' : '+',
                       std::abs(exponent));
  }
  if (value == 0) return sign + "0.0";
  if (exponent < 0)
    return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1)
    return sign + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".0";
  const auto point = static_cast<std::size_t>(exponent + 1);
  return sign + digits.substr(0, point) + "." + digits.substr(point);
}

std::string toRepr(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return "Undefined";
    case Kind::kNone:
      return "None";
    case Kind::kBool:
      return value.boolean() ? "True" : "False";
    case Kind::kInt:
      return std::to_string(value.integer());
    case Kind::kFloat:
      return floatText(value.number());
    case Kind::kString:
      return stringRepr(value.string());
    case Kind::kList:
      return "[" + joinedRepr(value.items()) + "]";
    case Kind::kTuple:
      return "(" + joinedRepr(value.items()) + (value.items().size() == 1 ? ",)" : ")");
    case Kind::kDict:
      return dictRepr(value.dict());
    case Kind::kIterator:
      return "<generator object>";
    default:
      return value.object()->repr();
  }
}

std::string toText(const Value& value) {
  if (value.is(Kind::kString)) return value.string();
  if (value.is(Kind::kUndefined)) return {};
  return toRepr(value);
}

std::string toJson(const Value& value, const JsonStyle& style) {
  JsonWriter writer(style);
  writer.write(value, 0);
  return std::move(writer.out);
}

}  // namespace orrery::chat::jinja
