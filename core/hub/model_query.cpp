#include "core/hub/model_query.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "core/base/error.h"
#include "core/hub/url.h"

namespace orrery::hub {
namespace {

constexpr std::array<std::string_view, 5> kSortNames = {"trendingScore", "downloads", "likes",
                                                        "createdAt", "lastModified"};
static_assert(kSortNames.size() == std::size(kSortKeys));

/// What of each model a list shows.
constexpr const char* kListed[] = {"author",       "createdAt",    "downloads", "gated",
                                   "lastModified", "library_name", "likes",     "pipeline_tag",
                                   "private",      "safetensors",  "gguf",      "tags",
                                   "sha",          "trendingScore"};

class QueryText {
 public:
  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text_ += fmt::format("{}{}={}", text_.empty() ? '?' : '&', name, percentEncoded(value));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string_view sortName(const std::string& key) {
  const auto* found = std::ranges::find(kSortKeys, key);
  if (found == std::end(kSortKeys))
    throw Error(ErrorKind::kInvalidInput, "is {}, expected one of {}", quoted(key),
                fmt::join(kSortKeys, ", "))
        .in("sort");
  return kSortNames[static_cast<std::size_t>(found - std::begin(kSortKeys))];
}

/// Digits, perhaps with a point, and perhaps a unit.
const std::string& checkedCount(const std::string& text, const char* name) {
  std::string_view digits = text;
  if (!digits.empty() && std::string_view("KMBTkmbt").find(digits.back()) != std::string::npos)
    digits.remove_suffix(1);
  const bool number = !digits.empty() && digits.front() != '.' && digits.back() != '.' &&
                      digits.find_first_not_of("0123456789.") == digits.npos &&
                      std::ranges::count(digits, '.') <= 1;
  if (!text.empty() && !number)
    throw Error(ErrorKind::kInvalidInput, "is {}, expected a count as 7B or 500M", quoted(text))
        .in(name);
  return text;
}

std::string parameterRange(const ModelQuery& query) {
  const auto& least = checkedCount(query.atLeastParameters, "parameters at least");
  const auto& most = checkedCount(query.atMostParameters, "parameters at most");
  std::string range = least.empty() ? "" : "min:" + least;
  if (!most.empty()) range += (range.empty() ? "max:" : ",max:") + most;
  return range;
}

}  // namespace

std::string searchUrl(const std::string& endpoint, const ModelQuery& query) {
  if (query.pageSize < 1 || query.pageSize > 1000)
    throw Error(ErrorKind::kInvalidInput, "is {}, expected 1 to 1000", query.pageSize)
        .in("page size");
  QueryText text;
  text.add("search", query.text);
  text.add("author", query.author);
  text.add("pipeline_tag", query.task);
  text.add("filter", query.library);
  for (const auto& language : query.languages) text.add("filter", language);
  if (!query.license.empty()) text.add("filter", "license:" + query.license);
  for (const auto& tag : query.tags) text.add("filter", tag);
  for (const auto& app : query.apps) text.add("apps", app);
  if (query.gated) text.add("gated", *query.gated ? "true" : "false");
  text.add("num_parameters", parameterRange(query));
  text.add("sort", sortName(query.sort));
  text.add("direction", query.ascending ? "1" : "-1");
  text.add("limit", std::to_string(query.pageSize));
  for (const char* property : kListed) text.add("expand", property);
  return endpoint + "/api/models" + text.text();
}

}  // namespace orrery::hub
