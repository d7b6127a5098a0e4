#pragma once

#include <string>
#include <string_view>

#include "core/chat/jinja/value.h"

/// Text as Python handles it: values as strings, and the properties of characters.
namespace orrery::chat::jinja {

/// Python's str(value); empty for what is undefined.
std::string toText(const Value& value);
/// Python's repr(value).
std::string toRepr(const Value& value);
/// Python's repr of a float: the shortest digits that read back the same.
std::string floatText(double value);

struct JsonStyle {
  bool ensureAscii = false;
  bool sortKeys = false;
  bool multiline = false;  ///< one element a line
  std::string indent;      ///< of each level, when multiline
  std::string itemSeparator = ", ";
  std::string keySeparator = ": ";
};

/// Python's json.dumps. Throws for what JSON cannot say.
std::string toJson(const Value& value, const JsonStyle& style);

bool isSpace(char32_t c);  ///< as str.isspace and str.strip
bool isAlpha(char32_t c);
bool isDigit(char32_t c);
bool isUpper(char32_t c);
bool isLower(char32_t c);
std::string upperCased(std::string_view text);
std::string lowerCased(std::string_view text);
std::string capitalized(std::string_view text);

bool isAscii(std::string_view text);
/// Number of code points.
std::size_t lengthOf(std::string_view text);

/// `text` without the characters of `chars` (whitespace if empty pointer) at the chosen ends.
enum class Ends { kBoth, kLeft, kRight };
std::string stripped(std::string_view text, Ends ends, const std::string* chars = nullptr);
/// Python's str.splitlines().
std::vector<std::string> splitLines(std::string_view text, bool keepEnds = false);
/// Every occurrence of `old` (at most `limit` if not negative) replaced.
std::string replaced(std::string_view text, std::string_view old, std::string_view with,
                     std::int64_t limit = -1);

}  // namespace orrery::chat::jinja
