#include <algorithm>

#include "core/base/utf8.h"
#include "core/chat/jinja/filters.h"
#include "core/chat/jinja/operators.h"
#include "core/chat/jinja/string_methods.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

using Args = const Arguments&;
using Input = const Value&;

/// The input as text, paid for.
std::string text(Evaluator& evaluator, Input input) {
  evaluator.spend(input.weight());
  return toText(input);
}

template <std::string (*map)(std::string_view)>
Value mapped(Evaluator& evaluator, Input input, Args args) {
  args.bind("filter", {});
  return map(text(evaluator, input));
}

Value string(Evaluator& evaluator, Input input, Args args) {
  args.bind("string", {});
  return text(evaluator, input);
}

Value trim(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("trim", {"chars"});
  const bool spaces = !values[0] || values[0]->is(Kind::kNone);
  return stripped(text(evaluator, input), Ends::kBoth, spaces ? nullptr : &values[0]->string());
}

/// Each word begins with a capital; words begin behind spaces, hyphens and opening brackets.
Value title(Evaluator& evaluator, Input input, Args args) {
  args.bind("title", {});
  const std::string source = text(evaluator, input);
  std::string result;
  bool begins = true;
  for (std::size_t at = 0; at < source.size();) {
    const std::size_t from = at;
    const char32_t c = utf8::next(source, at);
    const std::string_view piece = std::string_view(source).substr(from, at - from);
    const bool separates = isSpace(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
    result += begins ? upperCased(piece) : lowerCased(piece);
    begins = separates;
  }
  return result;
}

Value replace(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("replace", {"old", "new", "count"}, 2);
  const bool limited = values[2] && !values[2]->is(Kind::kNone);
  return replaceText(evaluator, text(evaluator, input), toText(*values[0]), toText(*values[1]),
                     limited ? values[2]->integer() : -1);
}

Value indent(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("indent", {"width", "first", "blank"});
  std::string margin = "    ";
  if (values[0] && values[0]->is(Kind::kString))
    margin = values[0]->string();
  else if (values[0])
    margin = justified("", values[0]->integer(), '<', " ");
  const bool first = values[1] && values[1]->truthy();
  const bool blank = values[2] && values[2]->truthy();
  const std::vector<std::string> lines = splitLines(text(evaluator, input) + "\n");
  std::string result = first ? margin : "";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) result += "\n";
    if (i > 0 && (blank || !lines[i].empty())) result += margin;
    result += lines[i];
    evaluator.spend(1 + margin.size() / 64);
  }
  return result;
}

Value escape(Evaluator& evaluator, Input input, Args args) {
  args.bind("escape", {});
  std::string result;
  for (const char c : text(evaluator, input)) {
    constexpr std::string_view kSpecial = "&<>'\"";
    constexpr std::string_view kNames[] = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
    const auto at = kSpecial.find(c);
    at == kSpecial.npos ? result.push_back(c) : void(result += kNames[at]);
  }
  return evaluator.made(std::move(result));
}

Value tojson(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("tojson", {"ensure_ascii", "indent", "separators", "sort_keys"});
  evaluator.spend(4 * input.weight());
  JsonStyle style;
  style.ensureAscii = values[0] && values[0]->truthy();
  style.sortKeys = values[3] && values[3]->truthy();
  if (values[1] && !values[1]->is(Kind::kNone)) {
    style.multiline = true;
    style.itemSeparator = ",";
    style.indent = values[1]->is(Kind::kString)
                       ? values[1]->string()
                       : justified("", std::max<std::int64_t>(values[1]->integer(), 0), '<', " ");
    evaluator.spend(input.weight() *
                    (1 + style.indent.size() * static_cast<std::size_t>(input.depth()) / 64));
  }
  if (values[2] && !values[2]->is(Kind::kNone)) {
    const List separators = evaluator.iterate(*values[2]);
    if (separators.size() != 2)
      throw fault("tojson: expected 2 separators, found {}", separators.size());
    style.itemSeparator = separators[0].string();
    style.keySeparator = separators[1].string();
    evaluator.spend(input.weight() *
                    (1 + (style.itemSeparator.size() + style.keySeparator.size()) / 64));
  }
  return evaluator.made(toJson(input, style));
}

Value join(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("join", {"d", "attribute"});
  const std::string separator = values[0] ? toText(*values[0]) : "";
  std::string result;
  bool first = true;
  for (const Value& item : evaluator.iterate(input)) {
    if (!std::exchange(first, false)) result += separator;
    const bool whole = !values[1] || values[1]->is(Kind::kNone);
    result += text(evaluator, whole ? item : attributeOf(evaluator, item, *values[1]));
    evaluator.spend(separator.size() / 64);
  }
  return result;
}

Value format(Evaluator& evaluator, Input input, Args args) {
  if (!args.named.empty() && !args.positional.empty())
    throw fault("format: can't handle positional and keyword arguments at the same time");
  Dict named;
  for (const auto& [name, value] : args.named) named.set(name, value);
  const Value values = args.named.empty() ? Value::tuple(args.positional) : Value(std::move(named));
  return evaluator.made(formatPercent(evaluator, text(evaluator, input), values));
}

Value center(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("center", {"width"});
  return evaluator.made(
      justified(text(evaluator, input), values[0] ? values[0]->integer() : 80, '^', " "));
}

Value truncate(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("truncate", {"length", "killwords", "end", "leeway"});
  const std::u32string source = utf8::decode(text(evaluator, input));
  const std::u32string end = utf8::decode(values[2] ? values[2]->string() : "...");
  const std::int64_t length = values[0] ? values[0]->integer() : 255;
  const std::int64_t leeway = values[3] && !values[3]->is(Kind::kNone) ? values[3]->integer() : 5;
  const auto endSize = static_cast<std::int64_t>(end.size());
  if (length < endSize) throw fault("truncate: expected length >= {}, found {}", endSize, length);
  if (leeway < 0) throw fault("truncate: expected leeway >= 0, found {}", leeway);
  if (static_cast<std::int64_t>(source.size()) <= length + leeway) return utf8::encode(source);
  std::u32string kept = source.substr(0, static_cast<std::size_t>(length - endSize));
  if (!(values[1] && values[1]->truthy())) kept = kept.substr(0, kept.rfind(U' '));
  return utf8::encode(kept + end);
}

Value wordcount(Evaluator& evaluator, Input input, Args args) {
  args.bind("wordcount", {});
  const std::u32string source = utf8::decode(text(evaluator, input));
  std::int64_t words = 0;
  bool inWord = false;
  for (const char32_t c : source) {
    const bool part = isAlpha(c) || isDigit(c) || c == '_';
    words += part && !inWord ? 1 : 0;
    inWord = part;
  }
  return words;
}

Value striptags(Evaluator& evaluator, Input input, Args args) {
  args.bind("striptags", {});
  std::string source = text(evaluator, input);
  for (const auto& [open, close] : {std::pair("<!--", "-->"), std::pair("<", ">")}) {
    std::string kept;
    std::size_t at = 0;
    while (true) {
      const auto begin = source.find(open, at);
      const auto end = begin == source.npos ? source.npos : source.find(close, begin);
      kept.append(source, at, end == source.npos ? source.npos : begin - at);
      if (end == source.npos) break;
      at = end + std::string_view(close).size();
    }
    source = std::move(kept);
  }
  std::string result;
  for (std::size_t at = 0, from = 0; at < source.size(); from = at) {
    if (!isSpace(utf8::next(source, at)))
      result.append(source, from, at - from);
    else if (!result.ends_with(' '))
      result += ' ';
  }
  return stripped(result, Ends::kBoth);
}

Value urlencode(Evaluator& evaluator, Input input, Args args) {
  args.bind("urlencode", {});
  const auto quote = [&](Input value, std::string_view safe, std::string_view space = "%20") {
    std::string result;
    for (const char c : text(evaluator, value)) {
      const bool plain =
          (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
          std::string_view("_.-~").find(c) != std::string_view::npos || safe.find(c) != safe.npos;
      if (plain)
        result += c;
      else if (c == ' ')
        result += space;
      else
        result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return result;
  };
  if (!input.is(Kind::kDict) && !input.isSequence()) return evaluator.made(quote(input, "/"));
  std::string result;
  const List pairs = input.isSequence() ? input.items() : List();
  const auto add = [&](Input key, Input value) {
    // A query writes a space as a plus sign.
    result += (result.empty() ? "" : "&") + quote(key, "", "+") + "=" + quote(value, "", "+");
  };
  for (const Value& pair : pairs) add(evaluator.item(pair, 0), evaluator.item(pair, 1));
  if (input.is(Kind::kDict))
    for (const auto& [key, value] : input.dict().entries()) add(key, value);
  return evaluator.made(std::move(result));
}

constexpr NamedFilter kFilters[] = {
    {"capitalize", mapped<capitalized>},
    {"center", center},
    {"e", escape},
    {"escape", escape},
    {"forceescape", escape},
    {"format", format},
    {"indent", indent},
    {"join", join},
    {"lower", mapped<lowerCased>},
    {"replace", replace},
    {"safe", string},
    {"string", string},
    {"striptags", striptags},
    {"title", title},
    {"tojson", tojson},
    {"trim", trim},
    {"truncate", truncate},
    {"upper", mapped<upperCased>},
    {"urlencode", urlencode},
    {"wordcount", wordcount},
};

}  // namespace

std::span<const NamedFilter> textFilters() {
  return kFilters;
}

}  // namespace orrery::chat::jinja
