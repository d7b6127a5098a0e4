#include "core/chat/jinja/lexer.h"

#include <algorithm>

#include "core/base/utf8.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

/// All line ends as "\n", and without the one at the end.
std::string normalized(std::string_view source) {
  std::string result;
  result.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      result += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    } else {
      result += source[i];
    }
  }
  if (result.ends_with('\n')) result.pop_back();
  return result;
}

bool isNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}
bool isDecimal(char c) {
  return c >= '0' && c <= '9';
}
bool isNamePart(char c) {
  return isNameStart(c) || isDecimal(c);
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(normalized(source)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) root();
    add(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  /// One piece of template data and the tag after it.
  void root() {
    const std::size_t tag = findTag();
    std::string_view text = std::string_view(source_).substr(at_, tag - at_);
    if (tag == source_.size()) {
      addText(text);
      at_ = tag;
      return;
    }
    const char kind = source_[tag + 1];
    const char sign = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
    addText(beforeTag(text, kind, sign));
    line_ += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    at_ = tag + 2 + (sign == '-' || sign == '+' ? 1 : 0);
    if (kind == '#') return comment();
    if (kind == '%' && rawBegins()) return raw();
    add(kind == '{' ? TokenKind::kVariableBegin : TokenKind::kBlockBegin, "");
    inside(kind == '{' ? "}}" : "%}");
  }

  std::size_t findTag() const {
    for (std::size_t i = at_; i + 1 < source_.size(); ++i)
      if (source_[i] == '{' &&
          (source_[i + 1] == '{' || source_[i + 1] == '%' || source_[i + 1] == '#'))
        return i;
    return source_.size();
  }

  /// The text in front of a tag after whitespace control.
  std::string beforeTag(std::string_view text, char kind, char sign) const {
    if (sign == '-') return stripped(text, Ends::kRight);
    if (sign == '+' || kind == '{') return std::string(text);
    const auto lineBreak = text.rfind('\n');
    const std::size_t begin = lineBreak == text.npos ? 0 : lineBreak + 1;
    if (begin == 0 && !lineStarting_) return std::string(text);
    const bool blank = stripped(text.substr(begin), Ends::kBoth).empty();
    return std::string(blank ? text.substr(0, begin) : text);
  }

  /// Behind the end of a block or comment: "-" takes all whitespace, nothing takes one line end.
  void afterTag(char sign) {
    const std::size_t begin = at_;
    if (sign == '-') {
      while (at_ < source_.size()) {
        std::size_t next = at_;
        if (!isSpace(utf8::next(source_, next))) break;
        at_ = next;
      }
    } else if (sign != '+' && at_ < source_.size() && source_[at_] == '\n') {
      ++at_;
    }
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(begin),
                                         source_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
    lineStarting_ = at_ > 0 && source_[at_ - 1] == '\n';
  }

  void comment() {
    const std::size_t end = source_.find("#}", at_);
    if (end == source_.npos) throw error("a comment is not closed, expected \"#}\"");
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         source_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    const char sign = end > at_ ? source_[end - 1] : '\0';
    at_ = end + 2;
    afterTag(sign);
  }

  /// Whether `word` and the end of the block stand at `at`, which is then moved behind it.
  bool blockIs(std::string_view word, std::size_t& at, char& sign) const {
    const auto skipSpace = [&] {
      while (at < source_.size() && isSpace(static_cast<unsigned char>(source_[at]))) ++at;
    };
    skipSpace();
    if (!std::string_view(source_).substr(at).starts_with(word)) return false;
    at += word.size();
    skipSpace();
    sign = at < source_.size() && (source_[at] == '-' || source_[at] == '+') ? source_[at] : '\0';
    if (sign) ++at;
    if (!std::string_view(source_).substr(at).starts_with("%}")) return false;
    at += 2;
    return true;
  }

  bool rawBegins() {
    std::size_t at = at_;
    char sign = '\0';
    if (!blockIs("raw", at, sign)) return false;
    at_ = at;
    afterTag(sign == '-' ? '-' : '+');  // a line end behind the tag is part of the raw text
    return true;
  }

  void raw() {
    for (std::size_t tag = source_.find("{%", at_); tag != source_.npos;
         tag = source_.find("{%", tag + 1)) {
      std::size_t after = tag + 2;
      char begin = after < source_.size() ? source_[after] : '\0';
      if (begin == '-' || begin == '+')
        ++after;
      else
        begin = '\0';
      char sign = '\0';
      if (!blockIs("endraw", after, sign)) continue;
      const std::string_view text = std::string_view(source_).substr(at_, tag - at_);
      addText(beforeTag(text, '%', begin));
      line_ += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
      at_ = after;
      return afterTag(sign);
    }
    throw error("a raw block is not closed, expected \"{% endraw %}\"");
  }

  /// The tokens of a tag up to `close`.
  void inside(std::string_view close) {
    std::string open;  // brackets not closed yet
    while (true) {
      skipSpaceAndLines();
      if (at_ >= source_.size())
        throw error(fmt::format("a tag is not closed, expected \"{}\"", close));
      if (open.empty() && closes(close)) return;
      const char c = source_[at_];
      if (c == '\'' || c == '"')
        string(c);
      else if (isNameStart(c))
        name();
      else if (isDecimal(c))
        number();
      else
        operatorToken(open);
    }
  }

  void skipSpaceAndLines() {
    while (at_ < source_.size()) {
      std::size_t next = at_;
      const char32_t c = utf8::next(source_, next);
      if (!isSpace(c)) return;
      if (c == '\n') ++line_;
      at_ = next;
    }
  }

  bool closes(std::string_view close) {
    const std::string_view rest = std::string_view(source_).substr(at_);
    const bool block = close == "%}";
    const char sign = rest[0] == '-' || (block && rest[0] == '+') ? rest[0] : '\0';
    if (!rest.substr(sign ? 1 : 0).starts_with(close)) return false;
    add(block ? TokenKind::kBlockEnd : TokenKind::kVariableEnd, "");
    at_ += close.size() + (sign ? 1 : 0);
    // A line end behind {{ … }} stays.
    afterTag(block || sign ? sign : '+');
    return true;
  }

  void name() {
    const std::size_t begin = at_;
    while (at_ < source_.size() && isNamePart(source_[at_])) ++at_;
    add(TokenKind::kName, source_.substr(begin, at_ - begin));
  }

  void number() {
    const std::size_t begin = at_;
    const auto digits = [&](auto&& accept) {
      while (at_ < source_.size() && (accept(source_[at_]) || source_[at_] == '_')) ++at_;
    };
    const char base = at_ + 1 < source_.size() ? static_cast<char>(source_[at_ + 1] | 0x20) : '\0';
    bool isFloat = false;
    if (source_[at_] == '0' && (base == 'x' || base == 'o' || base == 'b')) {
      at_ += 2;
      digits([](char c) { return isNamePart(c) && !(c & 0x80); });
    } else {
      digits(isDecimal);
      if (at_ + 1 < source_.size() && source_[at_] == '.' && isDecimal(source_[at_ + 1])) {
        isFloat = true;
        ++at_;
        digits(isDecimal);
      }
      isFloat = exponent() || isFloat;
    }
    std::string text = source_.substr(begin, at_ - begin);
    std::erase(text, '_');
    add(isFloat ? TokenKind::kFloat : TokenKind::kInteger, std::move(text));
  }

  bool exponent() {
    std::size_t at = at_;
    if (at >= source_.size() || (source_[at] != 'e' && source_[at] != 'E')) return false;
    ++at;
    if (at < source_.size() && (source_[at] == '-' || source_[at] == '+')) ++at;
    if (at >= source_.size() || !isDecimal(source_[at])) return false;
    while (at < source_.size() && isDecimal(source_[at])) ++at;
    at_ = at;
    return true;
  }

  void operatorToken(std::string& open) {
    constexpr std::string_view kOperators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                               "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                               ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    const std::string_view rest = std::string_view(source_).substr(at_);
    for (const std::string_view op : kOperators) {
      if (!rest.starts_with(op)) continue;
      if (op == "(" || op == "[" || op == "{") {
        open += op == "(" ? ')' : op == "[" ? ']' : '}';
      } else if (op == ")" || op == "]" || op == "}") {
        if (open.empty() || open.back() != op[0]) throw error(fmt::format("unexpected \"{}\"", op));
        open.pop_back();
      }
      add(TokenKind::kOperator, std::string(op));
      at_ += op.size();
      return;
    }
    std::size_t next = at_;
    utf8::next(source_, next);
    throw error("unexpected character " + orrery::quoted(source_.substr(at_, next - at_)));
  }

  void string(char quote);
  void escape(std::string& out);
  void codePoint(std::string& out, int digits);

  void add(TokenKind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }

  void addText(std::string_view text) {
    if (!text.empty()) add(TokenKind::kText, std::string(text));
  }

  Error error(std::string message) const {
    return Error(ErrorKind::kInvalidInput, std::move(message)).in(fmt::format("line {}", line_));
  }

  std::string source_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool lineStarting_ = true;  ///< what was last read ended with a line end
  std::vector<Token> tokens_;
};

void Lexer::string(char quote) {
  const int begin = line_;
  std::string text;
  ++at_;
  while (at_ < source_.size() && source_[at_] != quote) {
    if (source_[at_] == '\\' && at_ + 1 < source_.size()) {
      escape(text);
      continue;
    }
    if (source_[at_] == '\n') ++line_;
    text += source_[at_++];
  }
  if (at_ >= source_.size()) throw error("a string is not closed");
  ++at_;
  tokens_.push_back({TokenKind::kString, std::move(text), begin});
}

/// An escape as in a string of Python; an unknown one stays as it is.
void Lexer::escape(std::string& out) {
  constexpr std::string_view kLetters = "abfnrtv\\'\"";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\'\"";
  const char letter = source_[at_ + 1];
  at_ += 2;
  if (const auto known = kLetters.find(letter); known != kLetters.npos) {
    out += kValues[known];
  } else if (letter == '\n') {
    ++line_;
  } else if (letter == 'x') {
    codePoint(out, 2);
  } else if (letter == 'u') {
    codePoint(out, 4);
  } else if (letter == 'U') {
    codePoint(out, 8);
  } else if (letter >= '0' && letter <= '7') {
    char32_t value = static_cast<char32_t>(letter - '0');
    for (int i = 0; i < 2 && at_ < source_.size() && source_[at_] >= '0' && source_[at_] <= '7';
         ++i)
      value = value * 8 + static_cast<char32_t>(source_[at_++] - '0');
    utf8::append(out, value);
  } else {
    (out += '\\') += letter;
  }
}

void Lexer::codePoint(std::string& out, int digits) {
  char32_t value = 0;
  for (int i = 0; i < digits; ++i, ++at_) {
    const char c = at_ < source_.size() ? source_[at_] : '\0';
    const char lower = static_cast<char>(c | 0x20);
    if (!isDecimal(c) && !(lower >= 'a' && lower <= 'f'))
      throw error("a string has an incomplete \\x, \\u or \\U escape");
    value = value * 16 + static_cast<char32_t>(isDecimal(c) ? c - '0' : lower - 'a' + 10);
  }
  utf8::append(out, value);
}

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace orrery::chat::jinja
