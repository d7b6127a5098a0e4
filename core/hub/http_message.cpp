#include "core/hub/http_message.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace orrery::hub {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// The number behind `name=` in a list of parameters: r=0;t=55.
std::optional<std::uint64_t> parameter(std::string_view text, char name) {
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const std::string_view part = trimmed(text.substr(0, end));
    const auto equals = part.find('=');
    if (equals != part.npos && trimmed(part.substr(0, equals)) == std::string_view(&name, 1))
      return parseNumber(trimmed(part.substr(equals + 1)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

/// Seconds until a date as HTTP writes it, "Wed, 21 Oct 2015 07:28:00 GMT"; not below 0.
std::optional<std::chrono::seconds> untilDate(const std::string& text) {
  std::tm parts{};
  if (!::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts)) return std::nullopt;
  const std::time_t left = ::timegm(&parts) - std::time(nullptr);
  return std::chrono::seconds(std::max<std::time_t>(0, left));
}

}  // namespace

std::optional<std::string> Headers::find(std::string_view name) const {
  for (const auto& [key, value] : fields_)
    if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0)
      return value;
  return std::nullopt;
}

std::optional<std::uint64_t> parseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<ContentRange> parseContentRange(std::string_view value) {
  value = trimmed(value);
  if (!value.starts_with("bytes ")) return std::nullopt;
  value.remove_prefix(6);
  const auto dash = value.find('-');
  const auto slash = value.find('/');
  if (dash == value.npos || slash == value.npos || dash > slash) return std::nullopt;
  const auto first = parseNumber(value.substr(0, dash));
  const auto last = parseNumber(value.substr(dash + 1, slash - dash - 1));
  const auto total = parseNumber(value.substr(slash + 1));
  if (!first || !last || *last < *first || *last == UINT64_MAX) return std::nullopt;
  if (!total && value.substr(slash + 1) != "*") return std::nullopt;
  if (total && *last >= *total) return std::nullopt;
  return ContentRange{{*first, *last + 1}, total};
}

std::optional<std::chrono::seconds> waitAskedFor(const Headers& headers) {
  constexpr std::uint64_t kLongest = 366 * 24 * 3600;
  if (const auto after = headers.find("Retry-After")) {
    if (const auto seconds = parseNumber(trimmed(*after)))
      return std::chrono::seconds(std::min(*seconds, kLongest));
    if (const auto until = untilDate(*after)) return until;
  }
  if (const auto limit = headers.find("RateLimit")) {
    const auto reset = parameter(*limit, 't');
    if (parameter(*limit, 'r') == 0u && reset)
      return std::chrono::seconds(std::min(*reset, kLongest) + 1);
  }
  return std::nullopt;
}

std::string normalizedEtag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.starts_with('"')) etag.remove_prefix(1);
  if (etag.ends_with('"')) etag.remove_suffix(1);
  return std::string(etag);
}

std::optional<std::string> ResponsePath::find(std::string_view header) const {
  for (const ResponseHead& head : redirects)
    if (auto value = head.headers.find(header)) return value;
  return last.headers.find(header);
}

}  // namespace orrery::hub
