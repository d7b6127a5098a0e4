#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::cli {

/// One value that two models do not share; null where one has none.
struct ValueChange {
  std::string name;  ///< "rope_scaling.factor", a tensor, a file
  Json before, after;

  Json toJson() const { return {{"name", name}, {"before", before}, {"after", after}}; }
};

using Values = std::map<std::string, Json>;

/// Members of members as "rope_scaling.factor"; anything else is one value.
Values flattened(const Json& json);

/// By name: what one has and the other has not or has otherwise.
std::vector<ValueChange> changes(const Values& before, const Values& after);

/// Takes a member out of an object; null if it has none of that name, or is none.
Json takeMember(Json& object, const char* key);

}  // namespace orrery::cli
