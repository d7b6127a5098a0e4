// Filters that apply something to each element: map, select and their kin.

#include "core/chat/jinja/filters.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

using Args = const Arguments&;
using Input = const Value&;

/// The arguments behind the first `count` positional ones.
Arguments withoutFirst(Args args, std::size_t count) {
  Arguments rest = args;
  rest.positional.erase(rest.positional.begin(),
                        rest.positional.begin() + static_cast<std::ptrdiff_t>(count));
  return rest;
}

Value map(Evaluator& evaluator, Input input, Args args) {
  List result;
  if (args.positional.empty()) {
    const auto values = args.bind("map", {"attribute", "default"});
    if (!values[0]) throw fault("map requires a filter argument");
    for (const Value& item : evaluator.iterate(input)) {
      const Value found = attributeOf(evaluator, item, *values[0]);
      result.push_back(found.is(Kind::kUndefined) && values[1] ? *values[1] : found);
    }
  } else {
    const Arguments rest = withoutFirst(args, 1);
    for (const Value& item : evaluator.iterate(input))
      result.push_back(evaluator.applyFilter(args.positional[0].string(), item, rest));
  }
  return Value::iterator(std::move(result));
}

/// Elements that pass a test, or that do not; of the element itself or of an attribute.
template <bool keep, bool ofAttribute>
Value select(Evaluator& evaluator, Input input, Args args) {
  constexpr std::size_t kBefore = ofAttribute ? 1 : 0;
  if (args.positional.size() < kBefore) throw fault("Missing parameter for attribute name");
  const bool tested = args.positional.size() > kBefore;
  const Arguments rest = tested ? withoutFirst(args, kBefore + 1) : Arguments();
  List result;
  for (const Value& item : evaluator.iterate(input)) {
    const Value value = ofAttribute ? attributeOf(evaluator, item, args.positional[0]) : item;
    const bool passes = tested ? evaluator.applyTest(args.positional[kBefore].string(), value, rest)
                               : value.truthy();
    if (passes == keep) result.push_back(item);
  }
  return Value::iterator(std::move(result));
}

Value byDefault(Evaluator&, Input input, Args args) {
  const auto values = args.bind("default", {"default_value", "boolean"});
  const bool absent =
      input.is(Kind::kUndefined) || (values[1] && values[1]->truthy() && !input.truthy());
  return absent ? values[0].value_or(Value("")) : input;
}

Value attr(Evaluator&, Input input, Args args) {
  const std::string name = args.bind("attr", {"name"}, 1)[0]->string();
  if (Object* object = input.object())
    if (auto found = object->attribute(name)) return *std::move(found);
  return Value::undefined(fmt::format("'{} object' has no attribute '{}'", input.typeName(), name));
}

constexpr NamedFilter kFilters[] = {
    {"attr", attr},
    {"d", byDefault},
    {"default", byDefault},
    {"map", map},
    {"reject", select<false, false>},
    {"rejectattr", select<false, true>},
    {"select", select<true, false>},
    {"selectattr", select<true, true>},
};

}  // namespace

std::span<const NamedFilter> selectionFilters() {
  return kFilters;
}

Value withoutCase(const Value& value) {
  return value.is(Kind::kString) ? Value(lowerCased(value.string())) : value;
}

FilterBody findFilter(std::string_view name) {
  for (const auto table : {textFilters(), sequenceFilters(), selectionFilters(), numberFilters()})
    for (const NamedFilter& filter : table)
      if (filter.name == name) return filter.body;
  return nullptr;
}

Value Evaluator::applyFilter(std::string_view name, const Value& input,
                             const Arguments& arguments) {
  spend();
  const FilterBody filter = findFilter(name);
  if (!filter) throw fault("there is no filter named {}", orrery::quoted(name, 40));
  return filter(*this, input, arguments);
}

}  // namespace orrery::chat::jinja
