#include "app/cli/assignments.h"

#include "core/base/file.h"

namespace orrery::cli {

OrderedJson parseAssignments(const std::vector<std::string>& assignments) {
  OrderedJson values = OrderedJson::object();
  for (const std::string& assignment : assignments) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(ErrorKind::kInvalidInput, "expected name=value, found {}", quoted(assignment))
          .in("--set");
    const std::string value = assignment.substr(equals + 1);
    const OrderedJson parsed = OrderedJson::parse(value, nullptr, false);
    values[assignment.substr(0, equals)] = parsed.is_discarded() ? OrderedJson(value) : parsed;
  }
  return values;
}

OrderedJson readOrderedJsonFile(const std::string& path) {
  const std::string text = readTextFile(path);
  parseJson(text, path);  // checks syntax and depth, with errors that name the file
  return OrderedJson::parse(text);
}

}  // namespace orrery::cli
