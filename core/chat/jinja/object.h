#pragma once

#include <optional>

#include "core/chat/jinja/value.h"

namespace orrery::chat::jinja {

class Evaluator;

/// The arguments of a call, as written: positional, then named.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;

  /// Matches the arguments with parameter names; those not given are empty. Throws, naming
  /// `function`, if there are too many, one is unknown or given twice, or fewer than `required`.
  std::vector<std::optional<Value>> bind(std::string_view function,
                                         std::initializer_list<std::string_view> parameters,
                                         std::size_t required = 0) const;
};

/// What a template can refer to besides plain data: functions, macros, namespaces, `loop`.
class Object {
 public:
  virtual ~Object() = default;

  virtual std::string typeName() const = 0;
  virtual std::string repr() const { return "<" + typeName() + ">"; }
  /// A public attribute, or nothing.
  virtual std::optional<Value> attribute(std::string_view) { return std::nullopt; }
  virtual bool callable() const { return false; }
  /// Nesting of the values that the object keeps alive, as Value::depth.
  virtual int depth() const { return 0; }
  /// Throws if the object cannot be called.
  virtual Value call(Evaluator& evaluator, const Arguments& arguments);
};

/// The mutable attributes of `namespace(…)`.
class Namespace : public Object {
 public:
  std::string typeName() const override { return "Namespace"; }
  std::optional<Value> attribute(std::string_view name) override;

  Dict attributes;
};

}  // namespace orrery::chat::jinja
