#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/json.h"

/// A template engine for chat templates: the language of Jinja with the semantics of Python values.
namespace orrery::chat::jinja {

class Value;
class Dict;
class Object;

using List = std::vector<Value>;

/// Deepest nesting of lists and dicts; deeper values are refused where they are made, so that
/// nothing that walks a value can exhaust the stack.
inline constexpr int kMaxValueDepth = 100;
/// Largest weight of a value, refused likewise.
inline constexpr std::uint64_t kMaxValueWeight = 1u << 24;

enum class Kind {
  kUndefined,
  kNone,
  kBool,
  kInt,
  kFloat,
  kString,
  kList,
  kTuple,
  kDict,
  kIterator,
  kObject,
};

/// How much a value is, for limits: its nesting, and the elements and text in all of it, where what
/// is contained twice counts twice.
struct Extent {
  int depth = 1;
  std::uint64_t weight = 1;

  void contain(const Value& value);
};

/// A list or tuple. `fields` names the elements of a named tuple (what groupby makes).
struct Sequence {
  List items;
  std::vector<std::string> fields;
  Extent extent;
};

/// What can be walked once: the result of map, select, items and others.
struct Iterator {
  List items;
  std::size_t next = 0;
  Extent extent;
};

/// A value of a template as Python has it. Strings (always valid UTF-8), lists and dicts are
/// immutable and shared by copies. Objects must not be used after the evaluation that made them.
class Value {
 public:
  Value() : data_(None{}) {}
  Value(bool value) : data_(value) {}
  Value(int value) : data_(std::int64_t{value}) {}
  Value(std::int64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(std::string value) : data_(std::make_shared<const std::string>(std::move(value))) {}
  Value(std::string_view value) : Value(std::string(value)) {}
  Value(const char* value) : Value(std::string(value)) {}
  Value(Dict dict);
  template <std::derived_from<Object> T>
  Value(std::shared_ptr<T> object) : data_(std::shared_ptr<Object>(std::move(object))) {}

  /// Stands for what is not there; using it (other than printing or testing) fails with `message`.
  static Value undefined(std::string message);
  static Value list(List items);
  static Value tuple(List items, std::vector<std::string> fields = {});
  static Value iterator(List items);
  /// Throws for an unsigned number that no signed 64-bit integer holds, or nesting that is too
  /// deep.
  static Value fromJson(const OrderedJson& json);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is(Kind kind) const { return this->kind() == kind; }
  bool isNumber() const { return is(Kind::kBool) || is(Kind::kInt) || is(Kind::kFloat); }
  bool isInteger() const { return is(Kind::kBool) || is(Kind::kInt); }
  bool isSequence() const { return is(Kind::kList) || is(Kind::kTuple); }

  // Each throws an Error that names both kinds if this is another kind.
  bool boolean() const { return std::get<bool>(data_); }
  std::int64_t integer() const;  ///< also of a bool
  double number() const;         ///< of any number
  const std::string& string() const;
  const List& items() const;  ///< of a list or tuple
  const Sequence& sequence() const;
  const Dict& dict() const;
  Iterator& iterator() const;
  Object* object() const;  ///< nullptr if this is no object
  const std::string& undefinedMessage() const;

  bool truthy() const;
  int depth() const;
  /// Elements and text (64 bytes each) that walking all of the value meets; at least 1.
  std::uint64_t weight() const;
  /// Python's name of the type: "str", "list", "NoneType", …
  std::string_view typeName() const;

 private:
  struct None {};
  struct Undefined {
    std::shared_ptr<const std::string> message;
  };
  struct ListData {
    std::shared_ptr<const Sequence> data;
  };
  struct TupleData {
    std::shared_ptr<const Sequence> data;
  };
  // In the order of Kind.
  std::variant<Undefined, None, bool, std::int64_t, double, std::shared_ptr<const std::string>,
               ListData, TupleData, std::shared_ptr<const Dict>, std::shared_ptr<Iterator>,
               std::shared_ptr<Object>>
      data_;
};

/// An insertion-ordered dictionary; keys are hashed and compared as Python does (1 == 1.0 == True).
class Dict {
 public:
  using Entry = std::pair<Value, Value>;

  /// Replaces the value of an equal key, else appends. Throws if the key cannot be hashed.
  void set(Value key, Value value);
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
  const std::vector<Entry>& entries() const { return entries_; }
  const Extent& extent() const { return extent_; }

 private:
  std::size_t indexOf(const Value& key, std::size_t hash) const;

  std::vector<Entry> entries_;
  std::unordered_multimap<std::size_t, std::size_t> index_;
  Extent extent_;
};

/// Python's ==.
bool equals(const Value& a, const Value& b);
/// Python's <; throws if the kinds have no order.
bool lessThan(const Value& a, const Value& b);
/// Equal values have equal hashes; throws for what Python calls unhashable.
std::size_t hashOf(const Value& value);

/// An Error of kind kInvalidInput: what the template did wrong.
template <class... Args>
Error fault(fmt::format_string<Args...> text, Args&&... args) {
  return Error(ErrorKind::kInvalidInput, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace orrery::chat::jinja
