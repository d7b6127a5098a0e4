// From Oniguruma's Ruby syntax to PCRE2's. What differs and occurs in tokenizers:
//   \s \w \b \h    other sets of characters (spaces exclude U+180E, words include marks, hex
//   digits) \p{Han}        the script alone, without characters that several scripts use X{n,m}+
//   repeats, it is not possessive
//   {,n}           means {0,n}
//   [a[bc]&&[^d]]  sets contain sets and intersections
//   (?m)           lets the dot match line ends

#include <algorithm>
#include <optional>

#include "core/base/error.h"
#include "core/tokenizers/text/regex.h"

namespace orrery::tokenizers {
namespace {

constexpr std::string_view kSpaces = "\\p{Z}\\t\\n\\x0b\\f\\r\\x{85}";
constexpr std::string_view kWords =
    "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{24b6}-\\x{24e9}\\x{1f130}-\\x{1f149}\\x{1f150}-\\x{1f169}"
    "\\x{1f170}-\\x{1f189}";
// Outside of sets these are part of words too.
constexpr std::string_view kLatinWords = "\\x{b2}\\x{b3}\\x{b9}\\x{bc}-\\x{be}";
constexpr std::string_view kHexDigits = "0-9A-Fa-f";
constexpr int kMaxDepth = 50;

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  std::string run() {
    while (at_ < pattern_.size()) step();
    return std::move(out_);
  }

 private:
  bool sees(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }

  /// The characters a short name stands for, to be put into a set.
  static std::optional<std::string_view> setOf(char letter) {
    switch (letter) {
      case 's':
      case 'S':
        return kSpaces;
      case 'w':
      case 'W':
        return kWords;
      case 'h':
      case 'H':
        return kHexDigits;
      default:
        return std::nullopt;
    }
  }

  void step() {
    const char c = pattern_[at_];
    if (c == '\\') return escape();
    if (c == '[') {
      begin_ = out_.size();
      out_ += set(0);
      return;
    }
    if (c == '(') return open();
    if (c == ')') return close();
    if (c == '{' && repeats()) return;
    if (c == '*' || c == '+' || c == '?') {
      out_ += c;
      ++at_;
      return;
    }
    begin_ = out_.size();
    character();
  }

  void character() {
    do out_ += pattern_[at_++];
    while (at_ < pattern_.size() && (static_cast<unsigned char>(pattern_[at_]) & 0xC0) == 0x80);
  }

  void escape() {
    begin_ = out_.size();
    if (at_ + 1 >= pattern_.size()) {
      out_ += pattern_[at_++];
      return;
    }
    const char letter = pattern_[at_ + 1];
    if (const auto characters = setOf(letter)) {
      const bool word = letter == 'w' || letter == 'W';
      out_ +=
          fmt::format("{}{}{}]", letter >= 'a' ? "[" : "[^", *characters, word ? kLatinWords : "");
      at_ += 2;
      return;
    }
    if (letter == 'b' || letter == 'B') {
      const std::string word = fmt::format("[{}{}]", kWords, kLatinWords);
      out_ += letter == 'b' ? fmt::format("(?:(?<={0})(?!{0})|(?<!{0})(?={0}))", word)
                            : fmt::format("(?:(?<={0})(?={0})|(?<!{0})(?!{0}))", word);
      at_ += 2;
      return;
    }
    out_ += pattern_[at_++];
    character();
    copyBraces();
  }

  /// The {…} of \p{…} and \x{…}.
  void copyBraces() {
    const char letter = pattern_[at_ - 1];
    if ((letter != 'p' && letter != 'P' && letter != 'x') || !sees("{")) return;
    const auto end = pattern_.find('}', at_);
    if (end == pattern_.npos) return;
    std::string_view name = pattern_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    // What is longer than the short name of a category is the name of a script.
    const bool script =
        letter != 'x' && name.size() > 2 && name != "Any" && name.find('_') == name.npos;
    out_ += fmt::format("{{{}{}{}}}", negated ? "^" : "", script ? "sc:" : "", name);
  }

  void open() {
    groups_.push_back(out_.size());
    out_ += pattern_[at_++];
    if (!sees("?")) return;
    // Options up to ':' or ')': Ruby's m is s here.
    out_ += pattern_[at_++];
    if (sees("<") || sees("=") || sees("!") || sees(">") || sees("#")) return;
    while (at_ < pattern_.size() && pattern_[at_] != ':' && pattern_[at_] != ')') {
      out_ += pattern_[at_] == 'm' ? 's' : pattern_[at_];
      ++at_;
    }
    if (sees(":")) out_ += pattern_[at_++];
  }

  void close() {
    begin_ = groups_.empty() ? out_.size() : groups_.back();
    if (!groups_.empty()) groups_.pop_back();
    out_ += pattern_[at_++];
  }

  /// {n}, {n,}, {,m} or {n,m} at this place, and what follows it.
  bool repeats() {
    std::size_t i = at_ + 1;
    const auto digits = [&] {
      const std::size_t from = i;
      while (i < pattern_.size() && pattern_[i] >= '0' && pattern_[i] <= '9') ++i;
      return pattern_.substr(from, i - from);
    };
    const std::string_view least = digits();
    const bool comma = i < pattern_.size() && pattern_[i] == ',';
    if (comma) ++i;
    const std::string_view most = comma ? digits() : std::string_view{};
    if (i >= pattern_.size() || pattern_[i] != '}' || (least.empty() && most.empty())) return false;
    out_ += '{' + std::string(least.empty() ? "0" : least) + (comma ? "," : "") +
            std::string(most) + '}';
    at_ = i + 1;
    if (sees("+")) {
      out_.insert(begin_, "(?:");
      out_ += ")+";
      ++at_;
    }
    return true;
  }

  /// A set from '[' to its ']', as one PCRE2 item.
  std::string set(int depth) {
    if (depth > kMaxDepth)
      throw Error(ErrorKind::kInvalidInput, "regular expression {} nests more than {} sets",
                  orrery::quoted(pattern_), kMaxDepth);
    ++at_;
    const bool negated = sees("^");
    if (negated) ++at_;
    std::vector<std::vector<std::string>> all(1);  // intersection of unions of items
    std::string plain;                             // single characters and ranges of the last union
    const auto flush = [&] {
      if (!plain.empty()) all.back().push_back("[" + plain + "]");
      plain.clear();
    };
    for (bool first = true; at_ < pattern_.size() && (first || pattern_[at_] != ']');
         first = false) {
      if (sees("&&")) {
        flush();
        all.emplace_back();
        at_ += 2;
      } else if (sees("[:")) {
        const std::size_t end = std::min(pattern_.find(']', at_), pattern_.size() - 1) + 1;
        plain += pattern_.substr(at_, end - at_);
        at_ = end;
      } else if (sees("[")) {
        all.back().push_back(set(depth + 1));
      } else {
        member(plain);
      }
    }
    if (at_ < pattern_.size()) ++at_;
    const bool simple = all.size() == 1 && all[0].empty();
    if (simple) return (negated ? "[^" : "[") + plain + "]";
    flush();
    return combined(all, negated);
  }

  /// One character, escape or end of a range inside of a set.
  void member(std::string& plain) {
    if (!sees("\\") || at_ + 1 >= pattern_.size()) {
      if (sees("[")) plain += '\\';
      plain += pattern_[at_++];
      return;
    }
    const char letter = pattern_[at_ + 1];
    if (const auto characters = setOf(letter); characters && letter >= 'a') {
      plain += *characters;
      at_ += 2;
      return;
    }
    if (letter == 'H')
      throw Error(ErrorKind::kUnsupported, "regular expression {}: \\H in a set",
                  orrery::quoted(pattern_));
    std::string kept;
    std::swap(kept, out_);
    out_ += pattern_[at_++];
    character();
    copyBraces();
    plain += out_;
    std::swap(kept, out_);
  }

  static std::string combined(const std::vector<std::vector<std::string>>& all, bool negated) {
    std::string result;
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::string choices;
      for (const std::string& item : all[i]) choices += (choices.empty() ? "" : "|") + item;
      const bool last = i + 1 == all.size();
      result += (last && !negated ? "(?:" : "(?=") + choices + ")";
    }
    return negated ? "(?:(?!" + result + ")(?s:.))" : "(?:" + result + ")";
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string out_;
  std::size_t begin_ = 0;            // in out_, of the last item, which a repetition is about
  std::vector<std::size_t> groups_;  // in out_, of the groups that are open
};

}  // namespace

std::string translateRegex(std::string_view pattern) {
  return Translator(pattern).run();
}

}  // namespace orrery::tokenizers
