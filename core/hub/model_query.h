#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::hub {

/// What to search the hub's models for; each part that is set narrows the search. Values are the
/// hub's own: tasks as "text-generation", licences as "mit", languages as "de".
struct ModelQuery {
  std::string text;    ///< words that the id holds
  std::string author;  ///< user or organization
  std::string task;
  std::string library;
  std::vector<std::string> languages;
  std::string license;
  std::vector<std::string> tags;  ///< any other; all must be there
  std::vector<std::string> apps;  ///< programs that run it: "ollama", "vllm"
  std::optional<bool> gated;
  std::string atLeastParameters;  ///< "7B", "500M"
  std::string atMostParameters;
  std::string sort = "trending";  ///< one of kSortKeys
  bool ascending = false;
  int pageSize = 50;  ///< 1 to 1000
};

/// Sort keys: as users say them.
inline constexpr std::string_view kSortKeys[] = {"trending", "downloads", "likes", "created",
                                                 "modified"};

/// The address of the first page. An Error names a part that cannot be used: an unknown sort key,
/// a count of parameters that is no number with K, M, B or T.
std::string searchUrl(const std::string& endpoint, const ModelQuery& query);

}  // namespace orrery::hub
