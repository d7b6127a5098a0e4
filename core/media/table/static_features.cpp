#include "core/media/table/static_features.h"

#include <cmath>

#include "core/base/error.h"

namespace orrery::media::table {

std::vector<std::vector<float>> staticFeatures(const Json& value, const std::string& option,
                                               std::int64_t series) {
  if (value.is_null()) return {};
  const JsonField field(value, option);
  const auto elements = field.elements();
  if (elements.empty() || !elements.front().json().is_array())
    return {field.as<std::vector<float>>()};
  std::vector<std::vector<float>> rows;
  for (const JsonField& element : elements) rows.push_back(element.as<std::vector<float>>());
  if (static_cast<std::int64_t>(rows.size()) != series)
    throw field.error(
        series == 1
            ? fmt::format("expected one list of numbers, for all series together, found {} lists",
                          rows.size())
            : fmt::format("expected numbers for all, or {} lists, one for each series; found {}",
                          series, rows.size()));
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (rows[i].size() != rows[0].size())
      throw elements[i].error(fmt::format("expected {} numbers, as of the first series, found {}",
                                          rows[0].size(), rows[i].size()));
  return rows;
}

std::vector<std::vector<float>> staticCategories(const Json& value, const std::string& option,
                                                 std::int64_t series) {
  constexpr float kMost = 1 << 24;  // what a float counts to
  auto rows = staticFeatures(value, option, series);
  for (const auto& row : rows)
    for (const float number : row)
      if (!(number >= 0 && number < kMost && number == std::floor(number)))
        throw JsonField(value, option)
            .error(fmt::format("expected categories, whole numbers from 0 on, found {}", number));
  return rows;
}

}  // namespace orrery::media::table
