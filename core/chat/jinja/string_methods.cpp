// The methods of Python's str that templates may call.

#include <algorithm>
#include <limits>

#include "core/base/utf8.h"
#include "core/chat/jinja/callables.h"
#include "core/chat/jinja/operators.h"
#include "core/chat/jinja/string_methods.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

using Args = const Arguments&;
using Self = const Value&;

template <Ends ends>
Value strip(Evaluator&, Self self, Args args) {
  const auto values = args.bind("strip", {"chars"});
  const bool spaces = !values[0] || values[0]->is(Kind::kNone);
  return stripped(self.string(), ends, spaces ? nullptr : &values[0]->string());
}

/// Pieces of `text` between `separator`, at most `limit` cuts if it is not negative.
List splitAt(std::string_view text, std::string_view separator, std::int64_t limit,
             bool fromRight) {
  if (separator.empty()) throw fault("empty separator");
  List pieces;
  if (fromRight) {
    while (limit != 0) {
      const auto found = text.rfind(separator);
      if (found == text.npos) break;
      pieces.emplace_back(text.substr(found + separator.size()));
      text = text.substr(0, found);
      --limit;
    }
    pieces.emplace_back(text);
    std::reverse(pieces.begin(), pieces.end());
    return pieces;
  }
  for (; limit != 0; --limit) {
    const auto found = text.find(separator);
    if (found == text.npos) break;
    pieces.emplace_back(text.substr(0, found));
    text.remove_prefix(found + separator.size());
  }
  pieces.emplace_back(text);
  return pieces;
}

List splitAtSpace(std::string_view text, std::int64_t limit) {
  List pieces;
  while (true) {
    const std::string rest = stripped(text, Ends::kLeft);
    text.remove_prefix(text.size() - rest.size());
    if (text.empty()) return pieces;
    std::size_t end = 0;
    while (limit != 0 && end < text.size()) {
      std::size_t next = end;
      if (isSpace(utf8::next(text, next))) break;
      end = next;
    }
    if (limit == 0) {
      pieces.emplace_back(text);
      return pieces;
    }
    pieces.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    --limit;
  }
}

List rsplitAtSpace(std::string_view text, std::int64_t limit) {
  List all = splitAtSpace(text, -1);
  if (limit < 0 || static_cast<std::int64_t>(all.size()) <= limit) return all;
  const auto kept = static_cast<std::ptrdiff_t>(limit);
  List result(all.end() - kept, all.end());
  std::string_view rest = text;
  std::string head = stripped(rest, Ends::kRight);
  for (std::ptrdiff_t i = 0; i < kept; ++i) {
    head.resize(head.size() - all[all.size() - 1 - static_cast<std::size_t>(i)].string().size());
    head = stripped(head, Ends::kRight);
  }
  if (!head.empty()) result.insert(result.begin(), head);
  return result;
}

template <bool fromRight>
Value split(Evaluator& evaluator, Self self, Args args) {
  const auto values = args.bind("split", {"sep", "maxsplit"});
  const std::int64_t limit = values[1] ? values[1]->integer() : -1;
  List pieces;
  if (values[0] && !values[0]->is(Kind::kNone))
    pieces = splitAt(self.string(), values[0]->string(), limit, fromRight);
  else
    pieces = fromRight ? rsplitAtSpace(self.string(), limit) : splitAtSpace(self.string(), limit);
  evaluator.spend(pieces.size());
  return Value::list(std::move(pieces));
}

template <bool atEnd>
Value startsOrEnds(Evaluator&, Self self, Args args) {
  const auto values = args.bind(atEnd ? "endswith" : "startswith", {"prefix", "start", "end"}, 1);
  std::string_view text = self.string();
  std::string part;
  if (values[1] || values[2]) {
    std::u32string points = utf8::decode(text);
    const auto size = static_cast<std::int64_t>(points.size());
    const auto bound = [&](const std::optional<Value>& value, std::int64_t otherwise) {
      const std::int64_t at = value && !value->is(Kind::kNone) ? value->integer() : otherwise;
      return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
    };
    const std::int64_t begin = bound(values[1], 0), end = bound(values[2], size);
    part = begin < end
               ? utf8::encode(std::u32string_view(points).substr(
                     static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)))
               : "";
    text = part;
  }
  const auto matches = [&](const Value& affix) {
    return atEnd ? text.ends_with(affix.string()) : text.starts_with(affix.string());
  };
  if (!values[0]->is(Kind::kTuple)) return matches(*values[0]);
  return std::any_of(values[0]->items().begin(), values[0]->items().end(), matches);
}

/// Position in code points, or -1.
template <bool last>
std::int64_t position(Self self, Args args) {
  const auto values = args.bind("find", {"sub", "start"}, 1);
  const std::u32string text = utf8::decode(self.string());
  const std::u32string sub = utf8::decode(values[0]->string());
  std::int64_t start = values[1] ? values[1]->integer() : 0;
  if (start < 0) start = std::max<std::int64_t>(0, start + static_cast<std::int64_t>(text.size()));
  const auto found = last ? text.rfind(sub) : text.find(sub, static_cast<std::size_t>(start));
  if (found == text.npos || static_cast<std::int64_t>(found) < start) return -1;
  return static_cast<std::int64_t>(found);
}

template <bool last>
Value find(Evaluator&, Self self, Args args) {
  return position<last>(self, args);
}

template <bool last>
Value index(Evaluator&, Self self, Args args) {
  const std::int64_t found = position<last>(self, args);
  if (found < 0) throw fault("substring not found");
  return found;
}

template <bool fromRight>
Value partition(Evaluator&, Self self, Args args) {
  const std::string separator = args.bind("partition", {"sep"}, 1)[0]->string();
  if (separator.empty()) throw fault("empty separator");
  const std::string& text = self.string();
  const auto found = fromRight ? text.rfind(separator) : text.find(separator);
  if (found == text.npos)
    return fromRight ? Value::tuple({"", "", self}) : Value::tuple({self, "", ""});
  return Value::tuple({text.substr(0, found), separator, text.substr(found + separator.size())});
}

Value join(Evaluator& evaluator, Self self, Args args) {
  std::string text;
  bool first = true;
  for (const Value& item : evaluator.iterate(*args.bind("join", {"iterable"}, 1)[0])) {
    if (!std::exchange(first, false)) text += self.string();
    text += item.string();
    evaluator.spend(1 + (self.string().size() + item.string().size()) / 64);
  }
  return text;
}

Value replace(Evaluator& evaluator, Self self, Args args) {
  const auto values = args.bind("replace", {"old", "new", "count"}, 2);
  const std::int64_t limit = values[2] ? values[2]->integer() : -1;
  return replaceText(evaluator, self.string(), values[0]->string(), values[1]->string(), limit);
}

Value count(Evaluator&, Self self, Args args) {
  const std::string& sub = args.bind("count", {"sub"}, 1)[0]->string();
  if (sub.empty()) return static_cast<std::int64_t>(lengthOf(self.string())) + 1;
  std::int64_t found = 0;
  for (std::size_t at = self.string().find(sub); at != std::string::npos;
       at = self.string().find(sub, at + sub.size()))
    ++found;
  return found;
}

template <bool suffix>
Value removeAffix(Evaluator&, Self self, Args args) {
  const std::string& affix = args.bind("removeprefix", {"prefix"}, 1)[0]->string();
  const std::string& text = self.string();
  if (suffix) return text.ends_with(affix) ? text.substr(0, text.size() - affix.size()) : text;
  return text.starts_with(affix) ? text.substr(affix.size()) : text;
}

template <std::string (*map)(std::string_view)>
Value mapped(Evaluator&, Self self, Args args) {
  args.bind("str method", {});
  return map(self.string());
}

std::string titled(std::string_view text) {
  std::string result;
  bool inWord = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const bool letter = isAlpha(utf8::next(text, at));
    const std::string_view c = text.substr(from, at - from);
    result += inWord ? lowerCased(c) : capitalized(c);
    inWord = letter;
  }
  return result;
}

std::string swapped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const bool upper = isUpper(utf8::next(text, at));
    const std::string_view c = text.substr(from, at - from);
    result += upper ? lowerCased(c) : upperCased(c);
  }
  return result;
}

/// Whether the text is not empty and all its characters are such.
template <bool (*test)(char32_t)>
Value all(Evaluator&, Self self, Args args) {
  args.bind("str method", {});
  const std::u32string points = utf8::decode(self.string());
  return !points.empty() && std::all_of(points.begin(), points.end(), test);
}

bool isAlnum(char32_t c) {
  return isAlpha(c) || isDigit(c);
}

template <bool (*wanted)(char32_t), bool (*refused)(char32_t)>
Value cased(Evaluator&, Self self, Args args) {
  args.bind("str method", {});
  const std::u32string points = utf8::decode(self.string());
  return std::any_of(points.begin(), points.end(), wanted) &&
         std::none_of(points.begin(), points.end(), refused);
}

template <char align>
Value justify(Evaluator& evaluator, Self self, Args args) {
  const auto values = args.bind("justify", {"width", "fillchar"}, 1);
  return evaluator.made(
      justified(self.string(), values[0]->integer(), align, values[1] ? values[1]->string() : " "));
}

Value zfill(Evaluator& evaluator, Self self, Args args) {
  const std::int64_t width = args.bind("zfill", {"width"}, 1)[0]->integer();
  const std::string& text = self.string();
  const bool sign = text.starts_with('-') || text.starts_with('+');
  const std::string rest = justified(text.substr(sign ? 1 : 0), width - (sign ? 1 : 0), '>', "0");
  return evaluator.made((sign ? text.substr(0, 1) : "") + rest);
}

Value splitlines(Evaluator& evaluator, Self self, Args args) {
  const auto values = args.bind("splitlines", {"keepends"});
  List lines;
  for (std::string& line : splitLines(self.string(), values[0] && values[0]->truthy()))
    lines.emplace_back(std::move(line));
  evaluator.spend(lines.size());
  return Value::list(std::move(lines));
}

Value format(Evaluator& evaluator, Self self, Args args) {
  return evaluator.made(formatBraces(evaluator, self.string(), args));
}

Value isascii(Evaluator&, Self self, Args) {
  return isAscii(self.string());
}

constexpr std::pair<std::string_view, Method> kMethods[] = {
    {"capitalize", mapped<capitalized>},
    {"casefold", mapped<lowerCased>},
    {"center", justify<'^'>},
    {"count", count},
    {"endswith", startsOrEnds<true>},
    {"find", find<false>},
    {"format", format},
    {"index", index<false>},
    {"isalnum", all<isAlnum>},
    {"isalpha", all<isAlpha>},
    {"isascii", isascii},
    {"isdecimal", all<isDigit>},
    {"isdigit", all<isDigit>},
    {"islower", cased<isLower, isUpper>},
    {"isnumeric", all<isDigit>},
    {"isspace", all<isSpace>},
    {"isupper", cased<isUpper, isLower>},
    {"join", join},
    {"ljust", justify<'<'>},
    {"lower", mapped<lowerCased>},
    {"lstrip", strip<Ends::kLeft>},
    {"partition", partition<false>},
    {"removeprefix", removeAffix<false>},
    {"removesuffix", removeAffix<true>},
    {"replace", replace},
    {"rfind", find<true>},
    {"rindex", index<true>},
    {"rjust", justify<'>'>},
    {"rpartition", partition<true>},
    {"rsplit", split<true>},
    {"rstrip", strip<Ends::kRight>},
    {"split", split<false>},
    {"splitlines", splitlines},
    {"startswith", startsOrEnds<false>},
    {"strip", strip<Ends::kBoth>},
    {"swapcase", mapped<swapped>},
    {"title", mapped<titled>},
    {"upper", mapped<upperCased>},
    {"zfill", zfill},
};

}  // namespace

std::string justified(std::string_view text, std::int64_t width, char align,
                      std::string_view fill) {
  const auto length = static_cast<std::int64_t>(lengthOf(text));
  if (width > 1'000'000) throw fault("expected a width up to 1000000, found {}", width);
  if (lengthOf(fill) != 1) throw fault("the fill character must be exactly one character long");
  const std::int64_t missing = std::max<std::int64_t>(width - length, 0);
  // As CPython, which puts the odd one to the left if the width is odd.
  const std::int64_t left = align == '<'   ? 0
                            : align == '>' ? missing
                                           : missing / 2 + (missing & width & 1);
  std::string result;
  for (std::int64_t i = 0; i < left; ++i) result += fill;
  result += text;
  for (std::int64_t i = left; i < missing; ++i) result += fill;
  return result;
}

Value replaceText(Evaluator& evaluator, std::string_view text, std::string_view old,
                  std::string_view with, std::int64_t limit) {
  const std::uint64_t most = old.empty() ? text.size() + 1 : text.size() / old.size();
  const auto times = limit < 0 ? most : std::min(most, static_cast<std::uint64_t>(limit));
  // Pays for the most that can come out only if that is much; else the true length.
  if (times * with.size() > (64u << 20)) {
    std::uint64_t found = 0;
    for (std::size_t at = text.find(old); at != text.npos && !old.empty();
         at = text.find(old, at + old.size()))
      ++found;
    evaluator.spend((old.empty() ? times : std::min(times, found)) * with.size() / 64);
  }
  return evaluator.made(replaced(text, old, with, limit));
}

Method findStringMethod(std::string_view name) {
  const auto found =
      std::lower_bound(std::begin(kMethods), std::end(kMethods), name,
                       [](const auto& entry, auto key) { return entry.first < key; });
  return found != std::end(kMethods) && found->first == name ? found->second : nullptr;
}

}  // namespace orrery::chat::jinja
