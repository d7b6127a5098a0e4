#include "core/chat/jinja/callables.h"

#include <algorithm>

namespace orrery::chat::jinja {

std::vector<std::optional<Value>> Arguments::bind(
    std::string_view function, std::initializer_list<std::string_view> parameters,
    std::size_t required) const {
  if (positional.size() > parameters.size())
    throw fault("{}: takes at most {} arguments, found {}", function, parameters.size(),
                positional.size());
  std::vector<std::optional<Value>> values(parameters.size());
  std::copy(positional.begin(), positional.end(), values.begin());
  for (const auto& [name, value] : named) {
    const auto known = std::find(parameters.begin(), parameters.end(), name);
    if (known == parameters.end())
      throw fault("{}: has no argument {}", function, orrery::quoted(name));
    auto& slot = values[static_cast<std::size_t>(known - parameters.begin())];
    if (slot) throw fault("{}: argument {} is given twice", function, orrery::quoted(name));
    slot = value;
  }
  for (std::size_t i = 0; i < required; ++i)
    if (!values[i])
      throw fault("{}: argument \"{}\" is missing", function, *(parameters.begin() + i));
  return values;
}

Value Object::call(Evaluator&, const Arguments&) {
  throw fault("{} is not callable", typeName());
}

std::optional<Value> Namespace::attribute(std::string_view name) {
  const Value* value = attributes.find(name);
  return value ? std::optional(*value) : std::nullopt;
}

std::optional<Value> Macro::attribute(std::string_view name) {
  if (name == "name") return body_.name;
  if (name == "catch_varargs") return body_.usesVarargs;
  if (name == "catch_kwargs") return body_.usesKwargs;
  if (name == "caller") return body_.usesCaller;
  if (name != "arguments") return std::nullopt;
  List names;
  for (const Parameter& parameter : body_.parameters) names.push_back(parameter.name);
  return Value::tuple(std::move(names));
}

Value Macro::call(Evaluator& evaluator, const Arguments& arguments) {
  return evaluator.made(evaluator.runMacro(body_, scope_, arguments));
}

}  // namespace orrery::chat::jinja
