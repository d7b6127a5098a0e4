// The methods of Python's dict, list and tuple. Those that change their object are refused, as
// values are immutable here.

#include <algorithm>

#include "core/chat/jinja/callables.h"
#include "core/chat/jinja/string_methods.h"

namespace orrery::chat::jinja {
namespace {

using Args = const Arguments&;
using Self = const Value&;

Value get(Evaluator& evaluator, Self self, Args args) {
  const auto values = args.bind("get", {"key", "default"}, 1);
  evaluator.spend(values[0]->weight());
  const Value* found = self.dict().find(*values[0]);
  return found ? *found : values[1].value_or(Value());
}

Value items(Evaluator& evaluator, Self self, Args args) {
  args.bind("items", {});
  List pairs;
  for (const auto& [key, value] : self.dict().entries())
    pairs.push_back(Value::tuple({key, value}));
  evaluator.spend(pairs.size());
  return Value::list(std::move(pairs));
}

Value keys(Evaluator& evaluator, Self self, Args args) {
  args.bind("keys", {});
  return Value::list(evaluator.iterate(self));
}

Value values(Evaluator& evaluator, Self self, Args args) {
  args.bind("values", {});
  List result;
  for (const auto& [key, value] : self.dict().entries()) result.push_back(value);
  evaluator.spend(result.size());
  return Value::list(std::move(result));
}

Value copy(Evaluator&, Self self, Args args) {
  args.bind("copy", {});
  return self;
}

Value count(Evaluator& evaluator, Self self, Args args) {
  const Value wanted = *args.bind("count", {"value"}, 1)[0];
  evaluator.spend(self.weight());
  const List& all = self.items();
  return static_cast<std::int64_t>(std::count_if(
      all.begin(), all.end(), [&](const Value& item) { return equals(item, wanted); }));
}

Value index(Evaluator& evaluator, Self self, Args args) {
  const Value wanted = *args.bind("index", {"value"}, 1)[0];
  evaluator.spend(self.weight());
  const List& all = self.items();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Value& item) { return equals(item, wanted); });
  if (found == all.end()) throw fault("value is not in list");
  return static_cast<std::int64_t>(found - all.begin());
}

Value refused(Evaluator&, Self self, Args) {
  throw fault("a method that changes a {} is not safely callable", self.typeName());
}

}  // namespace

Method findMethod(const Value& self, std::string_view name) {
  constexpr std::pair<std::string_view, Method> kDict[] = {
      {"get", get},         {"items", items},       {"keys", keys},   {"values", values},
      {"copy", copy},       {"update", refused},    {"pop", refused}, {"clear", refused},
      {"popitem", refused}, {"setdefault", refused}};
  constexpr std::pair<std::string_view, Method> kSequence[] = {{"count", count}, {"index", index}};
  constexpr std::pair<std::string_view, Method> kList[] = {
      {"copy", copy},       {"append", refused}, {"extend", refused},
      {"insert", refused},  {"pop", refused},    {"remove", refused},
      {"reverse", refused}, {"sort", refused},   {"clear", refused}};
  const auto find = [&](const auto& table) -> Method {
    for (const auto& [known, method] : table)
      if (known == name) return method;
    return nullptr;
  };
  if (self.is(Kind::kString)) return findStringMethod(name);
  if (self.is(Kind::kDict)) return find(kDict);
  if (!self.isSequence()) return nullptr;
  const Method method = find(kSequence);
  return method || !self.is(Kind::kList) ? method : find(kList);
}

}  // namespace orrery::chat::jinja
