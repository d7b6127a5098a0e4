#include "app/cli/hub/value_changes.h"

#include <utility>

namespace orrery::cli {
namespace {

void flatten(const Json& json, const std::string& name, Values& values) {
  if (!json.is_object() || json.empty()) {
    if (!name.empty()) values[name] = json;
    return;
  }
  for (const auto& item : json.items())
    flatten(item.value(), name.empty() ? item.key() : name + "." + item.key(), values);
}

}  // namespace

Values flattened(const Json& json) {
  Values values;
  flatten(json, "", values);
  return values;
}

std::vector<ValueChange> changes(const Values& before, const Values& after) {
  std::vector<ValueChange> list;
  for (const auto& [name, value] : before) {
    const auto other = after.find(name);
    if (other == after.end())
      list.push_back({name, value, nullptr});
    else if (other->second != value)
      list.push_back({name, value, other->second});
  }
  for (const auto& [name, value] : after)
    if (!before.contains(name)) list.push_back({name, nullptr, value});
  return list;
}

Json takeMember(Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) return nullptr;
  Json value = std::move(object[key]);
  object.erase(key);
  return value;
}

}  // namespace orrery::cli
