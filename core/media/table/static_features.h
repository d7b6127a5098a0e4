#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::media::table {

/// Numbers that tell series apart, as an option has them: null, numbers for all, or one list of
/// numbers for each of `series`. Rows of one width: none, one, or `series`. An Error names
/// `option`.
std::vector<std::vector<float>> staticFeatures(const Json& value, const std::string& option,
                                               std::int64_t series);

/// The same of categories: whole numbers from 0 on.
std::vector<std::vector<float>> staticCategories(const Json& value, const std::string& option,
                                                 std::int64_t series);

}  // namespace orrery::media::table
