#include "core/chat/jinja/value.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/chat/jinja/object.h"

namespace orrery::chat::jinja {
namespace {

void check(const Extent& extent) {
  if (extent.depth > kMaxValueDepth)
    throw fault("a value is nested more than {} levels deep", kMaxValueDepth);
  if (extent.weight > kMaxValueWeight)
    throw fault("a value has more than {} parts", kMaxValueWeight);
}

Extent extentOf(const List& items) {
  Extent extent;
  for (const Value& item : items) extent.contain(item);
  check(extent);
  return extent;
}

std::size_t mixed(std::size_t seed, std::size_t hash) {
  return seed ^ (hash + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2));
}

}  // namespace

void Extent::contain(const Value& value) {
  depth = std::max(depth, value.depth() + 1);
  weight += value.weight();
}

Value::Value(Dict dict) {
  check(dict.extent());
  data_ = std::make_shared<const Dict>(std::move(dict));
}

Value Value::undefined(std::string message) {
  Value value;
  value.data_ = Undefined{std::make_shared<const std::string>(std::move(message))};
  return value;
}

Value Value::list(List items) {
  const Extent extent = extentOf(items);
  Value value;
  value.data_ = ListData{std::make_shared<const Sequence>(Sequence{std::move(items), {}, extent})};
  return value;
}

Value Value::tuple(List items, std::vector<std::string> fields) {
  const Extent extent = extentOf(items);
  Value value;
  value.data_ = TupleData{
      std::make_shared<const Sequence>(Sequence{std::move(items), std::move(fields), extent})};
  return value;
}

Value Value::iterator(List items) {
  const Extent extent = extentOf(items);
  Value value;
  value.data_ = std::make_shared<Iterator>(Iterator{std::move(items), 0, extent});
  return value;
}

Value Value::fromJson(const OrderedJson& json) {
  switch (json.type()) {
    case OrderedJson::value_t::boolean:
      return json.get<bool>();
    case OrderedJson::value_t::number_integer:
      return json.get<std::int64_t>();
    case OrderedJson::value_t::number_unsigned:
      if (json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
        throw fault("expected an integer below 2^63, found {}", json.get<std::uint64_t>());
      return json.get<std::int64_t>();
    case OrderedJson::value_t::number_float:
      return json.get<double>();
    case OrderedJson::value_t::string:
      return json.get<std::string>();
    case OrderedJson::value_t::array: {
      List items;
      items.reserve(json.size());
      for (const OrderedJson& item : json) items.push_back(fromJson(item));
      return list(std::move(items));
    }
    case OrderedJson::value_t::object: {
      Dict dict;
      for (const auto& [key, item] : json.items()) dict.set(key, fromJson(item));
      return dict;
    }
    default:
      return {};
  }
}

std::int64_t Value::integer() const {
  if (is(Kind::kBool)) return std::get<bool>(data_) ? 1 : 0;
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return *value;
  throw fault("expected an integer, found {}", typeName());
}

double Value::number() const {
  if (const auto* value = std::get_if<double>(&data_)) return *value;
  if (isInteger()) return static_cast<double>(integer());
  throw fault("expected a number, found {}", typeName());
}

const std::string& Value::string() const {
  if (!is(Kind::kString)) throw fault("expected a string, found {}", typeName());
  return *std::get<std::shared_ptr<const std::string>>(data_);
}

const Sequence& Value::sequence() const {
  if (const auto* list = std::get_if<ListData>(&data_)) return *list->data;
  if (const auto* tuple = std::get_if<TupleData>(&data_)) return *tuple->data;
  throw fault("expected a list, found {}", typeName());
}

const List& Value::items() const {
  return sequence().items;
}

const Dict& Value::dict() const {
  if (!is(Kind::kDict)) throw fault("expected a dict, found {}", typeName());
  return *std::get<std::shared_ptr<const Dict>>(data_);
}

Iterator& Value::iterator() const {
  return *std::get<std::shared_ptr<Iterator>>(data_);
}

Object* Value::object() const {
  const auto* object = std::get_if<std::shared_ptr<Object>>(&data_);
  return object ? object->get() : nullptr;
}

const std::string& Value::undefinedMessage() const {
  return *std::get<Undefined>(data_).message;
}

bool Value::truthy() const {
  switch (kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBool:
    case Kind::kInt:
      return integer() != 0;
    case Kind::kFloat:
      return number() != 0;
    case Kind::kString:
      return !string().empty();
    case Kind::kList:
    case Kind::kTuple:
      return !items().empty();
    case Kind::kDict:
      return !dict().entries().empty();
    default:
      return true;
  }
}

int Value::depth() const {
  if (isSequence()) return sequence().extent.depth;
  if (is(Kind::kDict)) return dict().extent().depth;
  if (is(Kind::kIterator)) return iterator().extent.depth;
  if (is(Kind::kObject)) return object()->depth();
  return 0;
}

std::uint64_t Value::weight() const {
  if (is(Kind::kString)) return 1 + string().size() / 64;
  if (isSequence()) return sequence().extent.weight;
  if (is(Kind::kDict)) return dict().extent().weight;
  if (is(Kind::kIterator)) return iterator().extent.weight;
  return 1;
}

std::string_view Value::typeName() const {
  constexpr std::string_view kNames[] = {"Undefined", "NoneType",  "bool",  "int",
                                         "float",     "str",       "list",  "tuple",
                                         "dict",      "generator", "object"};
  return kNames[data_.index()];
}

void Dict::set(Value key, Value value) {
  const std::size_t hash = hashOf(key);
  const std::size_t at = indexOf(key, hash);
  extent_.contain(key);
  extent_.contain(value);
  if (at < entries_.size()) {
    entries_[at].second = std::move(value);
  } else {
    index_.emplace(hash, entries_.size());
    entries_.emplace_back(std::move(key), std::move(value));
  }
}

std::size_t Dict::indexOf(const Value& key, std::size_t hash) const {
  const auto [first, last] = index_.equal_range(hash);
  for (auto it = first; it != last; ++it)
    if (equals(entries_[it->second].first, key)) return it->second;
  return entries_.size();
}

const Value* Dict::find(const Value& key) const {
  const std::size_t at = indexOf(key, hashOf(key));
  return at < entries_.size() ? &entries_[at].second : nullptr;
}

const Value* Dict::find(std::string_view key) const {
  const auto [first, last] = index_.equal_range(std::hash<std::string_view>{}(key));
  for (auto it = first; it != last; ++it) {
    const auto& [known, value] = entries_[it->second];
    if (known.is(Kind::kString) && known.string() == key) return &value;
  }
  return nullptr;
}

bool equals(const Value& a, const Value& b) {
  if (a.isNumber() && b.isNumber()) {
    if (a.isInteger() && b.isInteger()) return a.integer() == b.integer();
    return a.number() == b.number();
  }
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return true;
    case Kind::kString:
      return a.string() == b.string();
    case Kind::kList:
    case Kind::kTuple:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                        equals);
    case Kind::kDict: {
      const Dict& other = b.dict();
      return a.dict().entries().size() == other.entries().size() &&
             std::all_of(a.dict().entries().begin(), a.dict().entries().end(),
                         [&](const auto& entry) {
                           const Value* value = other.find(entry.first);
                           return value && equals(entry.second, *value);
                         });
    }
    case Kind::kIterator:
      return &a.iterator() == &b.iterator();
    default:
      return a.object() == b.object();
  }
}

bool lessThan(const Value& a, const Value& b) {
  if (a.isNumber() && b.isNumber()) {
    if (a.isInteger() && b.isInteger()) return a.integer() < b.integer();
    return a.number() < b.number();
  }
  // Code points and UTF-8 bytes have the same order.
  if (a.is(Kind::kString) && b.is(Kind::kString)) return a.string() < b.string();
  if (a.isSequence() && a.kind() == b.kind()) {
    const List& left = a.items();
    const List& right = b.items();
    for (std::size_t i = 0; i < left.size() && i < right.size(); ++i)
      if (!equals(left[i], right[i])) return lessThan(left[i], right[i]);
    return left.size() < right.size();
  }
  for (const Value* value : {&a, &b})
    if (value->is(Kind::kUndefined)) throw fault("{}", value->undefinedMessage());
  throw fault("{} and {} have no order", a.typeName(), b.typeName());
}

std::size_t hashOf(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return static_cast<std::size_t>(value.kind());
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat:
      return std::hash<double>{}(value.number());
    case Kind::kString:
      return std::hash<std::string_view>{}(value.string());
    case Kind::kTuple: {
      std::size_t hash = 1;
      for (const Value& item : value.items()) hash = mixed(hash, hashOf(item));
      return hash;
    }
    case Kind::kObject:
      return std::hash<const void*>{}(value.object());
    default:
      throw fault("unhashable type: '{}'", value.typeName());
  }
}

}  // namespace orrery::chat::jinja
