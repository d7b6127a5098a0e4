#include "core/hub/card.h"

#include <yaml-cpp/yaml.h>

#include <cmath>

#include "core/base/error.h"

namespace orrery::hub {
namespace {

constexpr std::size_t kFrontMatterLimit = 1 << 20;
constexpr int kDepthLimit = 32;
constexpr int kValueLimit = 100'000;  // an alias counts each time it is used

/// YAML nodes to JSON, counting, because a short text can name itself many times.
class Converter {
 public:
  Json convert(const YAML::Node& node, int depth = 0) {
    if (++values_ > kValueLimit)
      throw Error(ErrorKind::kInvalidInput, "has more than {} values", kValueLimit);
    if (depth > kDepthLimit)
      throw Error(ErrorKind::kInvalidInput, "nests deeper than {} levels", kDepthLimit);
    if (node.IsSequence()) {
      Json list = Json::array();
      for (const auto& item : node) list.push_back(convert(item, depth + 1));
      return list;
    }
    if (node.IsMap()) {
      Json object = Json::object();
      for (const auto& item : node) object[keyOf(item.first)] = convert(item.second, depth + 1);
      return object;
    }
    return node.IsScalar() ? scalar(node) : Json();
  }

 private:
  static std::string keyOf(const YAML::Node& node) {
    if (!node.IsScalar()) throw Error(ErrorKind::kInvalidInput, "has a key that is no text");
    return node.Scalar();
  }

  /// Plain words may be numbers or truth values; quoted ones are text.
  static Json scalar(const YAML::Node& node) {
    bool truth = false;
    std::int64_t whole = 0;
    double number = 0;
    if (node.Tag() != "?") return node.Scalar();
    const std::string& text = node.Scalar();
    // YAML 1.2: the language "no" is no "false".
    if ((text == "true" || text == "false") && YAML::convert<bool>::decode(node, truth))
      return truth;
    if (text.find_first_not_of("+-0123456789.eE") != text.npos) return text;
    if (YAML::convert<std::int64_t>::decode(node, whole)) return whole;
    if (YAML::convert<double>::decode(node, number) && std::isfinite(number)) return number;
    return text;
  }

  int values_ = 0;
};

Json readFrontMatter(const std::string& text) {
  if (text.size() > kFrontMatterLimit)
    throw Error(ErrorKind::kInvalidInput, "has {} bytes, expected at most {}", text.size(),
                kFrontMatterLimit);
  try {
    const Json data = Converter().convert(YAML::Load(text));
    if (data.is_null()) return Json::object();
    if (!data.is_object())
      throw Error(ErrorKind::kInvalidInput, "expected names with values, found {}",
                  jsonExcerpt(data));
    return data;
  } catch (const YAML::Exception& failure) {
    throw Error(ErrorKind::kInvalidInput, "line {}: {}", failure.mark.line + 1,
                quoted(failure.msg, 160));
  }
}

/// Length of the line at `at` with its end.
std::size_t lineLength(std::string_view text, std::size_t at) {
  const auto end = text.find('\n', at);
  return (end == text.npos ? text.size() : end + 1) - at;
}

bool isFence(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' '))
    line.remove_suffix(1);
  return line == "---";
}

}  // namespace

Card parseCard(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t first = lineLength(text, 0);
  if (!isFence(text.substr(0, first))) return {.body = std::string(text)};
  std::size_t at = first;
  while (at < text.size() && !isFence(text.substr(at, lineLength(text, at))))
    at += lineLength(text, at);
  if (at >= text.size()) return {.body = std::string(text)};  // a line at the top, no front matter
  Card card;
  std::size_t body = at + lineLength(text, at);
  while (body < text.size() && (text[body] == '\n' || text[body] == '\r')) ++body;
  card.body = text.substr(body);
  try {
    card.data = readFrontMatter(std::string(text.substr(first, at - first)));
  } catch (const Error& error) {
    card.problem = std::string("front matter: ") + error.what();
  }
  return card;
}

}  // namespace orrery::hub
