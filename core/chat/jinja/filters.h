#pragma once

#include <span>

#include "core/chat/jinja/evaluator.h"

namespace orrery::chat::jinja {

using FilterBody = Value (*)(Evaluator&, const Value& input, const Arguments&);
using TestBody = bool (*)(Evaluator&, const Value& input, const Arguments&);

struct NamedFilter {
  std::string_view name;
  FilterBody body;
};
struct NamedTest {
  std::string_view name;
  TestBody body;
};

// Each file of filters has a table.
std::span<const NamedFilter> textFilters();
std::span<const NamedFilter> sequenceFilters();
std::span<const NamedFilter> selectionFilters();
std::span<const NamedFilter> numberFilters();

/// The filter or test of that name, or null.
FilterBody findFilter(std::string_view name);
TestBody findTest(std::string_view name);

/// The attribute of an item that a filter's `attribute` argument names: "a.b.0", or an index.
Value attributeOf(Evaluator& evaluator, const Value& item, const Value& path);
/// A string in lower case, anything else as it is.
Value withoutCase(const Value& value);

}  // namespace orrery::chat::jinja
