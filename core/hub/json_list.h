#pragma once

#include "core/base/json.h"

namespace orrery::hub {

/// Calls `take` with each element of a list, one at a time: a page of hostile numbers shall not
/// become as many names of fields in memory. An Error if it is no list.
template <class Take>
void forEachElement(const JsonField& list, Take&& take) {
  const Json& json = list.json();
  if (!json.is_array())
    throw list.error(fmt::format("expected a list, found {}", jsonExcerpt(json)));
  for (std::size_t i = 0; i < json.size(); ++i)
    take(JsonField(json[i], fmt::format("{}[{}]", list.name(), i)));
}

}  // namespace orrery::hub
