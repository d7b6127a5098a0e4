#include <algorithm>
#include <charconv>

#include "core/base/utf8.h"
#include "core/chat/jinja/filters.h"
#include "core/chat/jinja/operators.h"

namespace orrery::chat::jinja {
namespace {

using Args = const Arguments&;
using Input = const Value&;

Value length(Evaluator&, Input input, Args args) {
  args.bind("length", {});
  return sizeOf(input);
}

Value first(Evaluator& evaluator, Input input, Args args) {
  args.bind("first", {});
  if (input.is(Kind::kIterator)) {
    Iterator& iterator = input.iterator();
    if (iterator.next < iterator.items.size()) return iterator.items[iterator.next++];
    return Value::undefined("No first item, sequence was empty.");
  }
  const List items = evaluator.iterate(input);
  return items.empty() ? Value::undefined("No first item, sequence was empty.") : items.front();
}

Value last(Evaluator& evaluator, Input input, Args args) {
  args.bind("last", {});
  if (input.is(Kind::kIterator)) throw fault("'generator' object is not reversible");
  const List items = evaluator.iterate(input);
  return items.empty() ? Value::undefined("No last item, sequence was empty.") : items.back();
}

Value list(Evaluator& evaluator, Input input, Args args) {
  args.bind("list", {});
  return Value::list(evaluator.iterate(input));
}

Value items(Evaluator& evaluator, Input input, Args args) {
  args.bind("items", {});
  if (input.is(Kind::kUndefined)) return Value::iterator({});
  if (!input.is(Kind::kDict)) throw fault("Can only get item pairs from a mapping.");
  List pairs;
  for (const auto& [key, value] : input.dict().entries())
    pairs.push_back(Value::tuple({key, value}));
  evaluator.spend(pairs.size());
  return Value::iterator(std::move(pairs));
}

Value reverse(Evaluator& evaluator, Input input, Args args) {
  args.bind("reverse", {});
  if (input.is(Kind::kString)) {
    std::u32string points = utf8::decode(input.string());
    std::reverse(points.begin(), points.end());
    return evaluator.made(utf8::encode(points));
  }
  List reversed = evaluator.iterate(input);
  std::reverse(reversed.begin(), reversed.end());
  return Value::iterator(std::move(reversed));
}

/// What sort, min, max, unique and groupby compare of an item.
struct Key {
  Evaluator& evaluator;
  std::optional<Value> path;
  bool caseSensitive;

  Value operator()(const Value& item) const {
    const Value value = path && !path->is(Kind::kNone) ? attributeOf(evaluator, item, *path) : item;
    return caseSensitive ? value : withoutCase(value);
  }
};

bool given(const std::optional<Value>& value) {
  return value && value->truthy();
}

using Keyed = std::pair<Value, Value>;

/// Items with their keys, sorted by key; equal ones keep their order.
std::vector<Keyed> sortedByKey(Evaluator& evaluator, const List& items, const Key& key,
                               bool reverse) {
  std::vector<Keyed> keyed;
  for (const Value& item : items) keyed.emplace_back(key(item), item);
  std::stable_sort(keyed.begin(), keyed.end(), [&](const Keyed& a, const Keyed& b) {
    evaluator.spend(std::min(a.first.weight(), b.first.weight()));
    return reverse ? lessThan(b.first, a.first) : lessThan(a.first, b.first);
  });
  return keyed;
}

List valuesOf(const std::vector<Keyed>& keyed) {
  List result;
  for (const Keyed& entry : keyed) result.push_back(entry.second);
  return result;
}

Value sort(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("sort", {"reverse", "case_sensitive", "attribute"});
  const List items = evaluator.iterate(input);
  if (!values[2] || !values[2]->is(Kind::kString) ||
      values[2]->string().find(',') == std::string::npos)
    return Value::list(valuesOf(
        sortedByKey(evaluator, items, {evaluator, values[2], given(values[1])}, given(values[0]))));
  throw fault("sort: expected one attribute, found {}", orrery::quoted(values[2]->string()));
}

Value dictsort(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("dictsort", {"case_sensitive", "by", "reverse"});
  const std::string by = values[1] ? values[1]->string() : "key";
  if (by != "key" && by != "value")
    throw fault("dictsort: expected by=\"key\" or \"value\", found {}", orrery::quoted(by));
  List pairs;
  for (const auto& [key, value] : input.dict().entries())
    pairs.push_back(Value::tuple({key, value}));
  evaluator.spend(pairs.size());
  const Key key{evaluator, Value(by == "key" ? 0 : 1), given(values[0])};
  return Value::list(valuesOf(sortedByKey(evaluator, pairs, key, given(values[2]))));
}

template <bool largest>
Value extreme(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("min", {"case_sensitive", "attribute"});
  const List items = evaluator.iterate(input);
  if (items.empty()) return Value::undefined("No aggregated item, sequence was empty.");
  const Key key{evaluator, values[1], given(values[0])};
  Value best = items[0], bestKey = key(items[0]);
  for (std::size_t i = 1; i < items.size(); ++i) {
    Value candidate = key(items[i]);
    evaluator.spend(std::min(bestKey.weight(), candidate.weight()));
    if (!(largest ? lessThan(bestKey, candidate) : lessThan(candidate, bestKey))) continue;
    best = items[i];
    bestKey = std::move(candidate);
  }
  return best;
}

Value unique(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("unique", {"case_sensitive", "attribute"});
  const Key key{evaluator, values[1], given(values[0])};
  Dict seen;
  List result;
  for (const Value& item : evaluator.iterate(input)) {
    Value found = key(item);
    evaluator.spend(found.weight());
    if (seen.find(found)) continue;
    seen.set(std::move(found), true);
    result.push_back(item);
  }
  return Value::iterator(std::move(result));
}

Value groupby(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("groupby", {"attribute", "default", "case_sensitive"}, 1);
  const List items = evaluator.iterate(input);
  const bool caseSensitive = given(values[2]);
  const auto whole = [&](const Value& item) {
    const Value value = attributeOf(evaluator, item, *values[0]);
    return value.is(Kind::kUndefined) && values[1] ? *values[1] : value;
  };
  std::vector<Keyed> keyed;
  for (const Value& item : items)
    keyed.emplace_back(caseSensitive ? whole(item) : withoutCase(whole(item)), item);
  std::stable_sort(keyed.begin(), keyed.end(), [&](const Keyed& a, const Keyed& b) {
    evaluator.spend(std::min(a.first.weight(), b.first.weight()));
    return lessThan(a.first, b.first);
  });
  List groups;
  for (std::size_t begin = 0; begin < keyed.size();) {
    List members;
    std::size_t end = begin;
    for (; end < keyed.size() && equals(keyed[begin].first, keyed[end].first); ++end)
      members.push_back(keyed[end].second);
    evaluator.spendOnList();
    groups.push_back(Value::tuple({whole(members[0]), Value::list(members)}, {"grouper", "list"}));
    begin = end;
  }
  return Value::list(std::move(groups));
}

Value batch(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("batch", {"linecount", "fill_with"}, 1);
  const std::int64_t size = values[0]->integer();
  if (size < 1) throw fault("batch: expected a positive line count, found {}", size);
  List batches, current;
  for (const Value& item : evaluator.iterate(input)) {
    if (static_cast<std::int64_t>(current.size()) == size) {
      evaluator.spendOnList();
      batches.push_back(Value::list(std::exchange(current, {})));
    }
    current.push_back(item);
  }
  if (!current.empty()) {
    while (values[1] && !values[1]->is(Kind::kNone) &&
           static_cast<std::int64_t>(current.size()) < size) {
      evaluator.spend();
      current.push_back(*values[1]);
    }
    batches.push_back(Value::list(std::move(current)));
  }
  return Value::iterator(std::move(batches));
}

Value slice(Evaluator& evaluator, Input input, Args args) {
  const auto values = args.bind("slice", {"slices", "fill_with"}, 1);
  const List items = evaluator.iterate(input);
  const std::int64_t slices = values[0]->integer();
  if (slices < 1) throw fault("slice: expected a positive number of slices, found {}", slices);
  const auto total = static_cast<std::int64_t>(items.size());
  List result;
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < slices; ++i) {
    evaluator.spendOnList();
    const std::int64_t size = total / slices + (i < total % slices ? 1 : 0);
    List part(items.begin() + at, items.begin() + at + size);
    at += size;
    if (values[1] && !values[1]->is(Kind::kNone) && i >= total % slices) part.push_back(*values[1]);
    result.push_back(Value::list(std::move(part)));
  }
  return Value::iterator(std::move(result));
}

constexpr NamedFilter kFilters[] = {
    {"batch", batch},     {"count", length},      {"dictsort", dictsort},  {"first", first},
    {"groupby", groupby}, {"items", items},       {"last", last},          {"length", length},
    {"list", list},       {"max", extreme<true>}, {"min", extreme<false>}, {"reverse", reverse},
    {"slice", slice},     {"sort", sort},         {"unique", unique},
};

}  // namespace

std::span<const NamedFilter> sequenceFilters() {
  return kFilters;
}

Value attributeOf(Evaluator& evaluator, const Value& item, const Value& path) {
  if (!path.is(Kind::kString)) return evaluator.item(item, path);
  Value value = item;
  std::string_view rest = path.string();
  while (true) {
    const auto dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    std::int64_t index = 0;
    const auto parsed = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool number = !part.empty() && part[0] != '-' && parsed.ec == std::errc() &&
                        parsed.ptr == part.data() + part.size();
    value = evaluator.item(value, number ? Value(index) : Value(part));
    if (dot == rest.npos) return value;
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace orrery::chat::jinja
