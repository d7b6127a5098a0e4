#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/base/json.h"

/// One description of a message serves both directions: a struct lists its members once,
///
///     static void fields(auto& f, auto& self) {
///       f("text", self.text);                          // must be there
///       f.optional("add_special_tokens", self.add);    // may be absent or null: stays as it is
///     }
///
/// and toJson / fromJson do the rest. Members of type std::optional are left out while empty.
/// Fields that a struct does not list are ignored. Errors carry the field's path:
/// "generate.prompt.ids[3]: …".
namespace orrery::protocol {

class FieldReader;
class FieldWriter;

template <class T>
concept Message = requires(FieldReader& f, T& value) {
  T::fields(f, value);
};

namespace detail {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsArray : std::false_type {};
template <class T, std::size_t n>
struct IsArray<std::array<T, n>> : std::true_type {};

/// JSON has no infinities; a log-probability does. They travel as strings.
inline Json numberToJson(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

inline double numberFromJson(const JsonField& field) {
  if (field.json() == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (field.json() == "Infinity") return std::numeric_limits<double>::infinity();
  if (field.json() == "-Infinity") return -std::numeric_limits<double>::infinity();
  return field.as<double>();
}

}  // namespace detail

template <class T>
Json toJson(const T& value);

/// Reads `value` from `field`; throws an Error of kind kInvalidInput that names the field.
template <class T>
void fromJson(const JsonField& field, T& value);

class FieldWriter {
 public:
  template <class T>
  void operator()(const char* name, const T& value) {
    if constexpr (detail::IsOptional<T>::value) {
      if (value) object_[name] = toJson(*value);
    } else {
      object_[name] = toJson(value);
    }
  }
  template <class T>
  void optional(const char* name, const T& value) {
    (*this)(name, value);
  }
  Json take() { return std::move(object_); }

 private:
  Json object_ = Json::object();
};

class FieldReader {
 public:
  explicit FieldReader(const JsonField& object) : object_(object) {}

  template <class T>
  void operator()(const char* name, T& value) {
    if constexpr (detail::IsOptional<T>::value) {
      optional(name, value);
    } else {
      fromJson(object_[name], value);
    }
  }
  template <class T>
  void optional(const char* name, T& value) {
    const auto field = object_.find(name);
    if (!field) return;
    if constexpr (detail::IsOptional<T>::value) {
      fromJson(*field, value.emplace());
    } else {
      fromJson(*field, value);
    }
  }

 private:
  const JsonField& object_;
};

template <class T>
Json toJson(const T& value) {
  if constexpr (Message<T>) {
    FieldWriter writer;
    T::fields(writer, value);
    return writer.take();
  } else if constexpr (std::is_floating_point_v<T>) {
    return detail::numberToJson(value);
  } else if constexpr (detail::IsVector<T>::value || detail::IsArray<T>::value) {
    Json list = Json::array();
    for (const auto& element : value) list.push_back(toJson(element));
    return list;
  } else {
    return Json(value);
  }
}

template <class T>
void fromJson(const JsonField& field, T& value) {
  if constexpr (Message<T>) {
    FieldReader reader(field);
    if (!field.json().is_object())
      throw field.error("expected an object, found " + jsonExcerpt(field.json()));
    T::fields(reader, value);
  } else if constexpr (std::is_same_v<T, Json>) {
    value = field.json();
  } else if constexpr (std::is_floating_point_v<T>) {
    value = static_cast<T>(detail::numberFromJson(field));
  } else if constexpr (detail::IsVector<T>::value) {
    value.clear();
    for (const JsonField& element : field.elements()) fromJson(element, value.emplace_back());
  } else if constexpr (detail::IsArray<T>::value) {
    const auto elements = field.elements();
    if (elements.size() != value.size())
      throw field.error(
          fmt::format("expected {} elements, found {}", value.size(), elements.size()));
    for (std::size_t i = 0; i < value.size(); ++i) fromJson(elements[i], value[i]);
  } else {
    value = field.as<T>();
  }
}

/// A message from its JSON; `name` begins the path in errors.
template <Message T>
T readMessage(const Json& json, std::string name) {
  T message;
  fromJson(JsonField(json, std::move(name)), message);
  return message;
}

}  // namespace orrery::protocol
