#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::cli {

/// The values of --set by name: each is "name=value", where the value is JSON, or else a text. A
/// later one replaces an earlier one. An Error for what has no name.
OrderedJson parseAssignments(const std::vector<std::string>& assignments);

/// A JSON file with the order of its keys kept; a key given twice keeps its last value. Errors name
/// the file.
OrderedJson readOrderedJsonFile(const std::string& path);

}  // namespace orrery::cli
