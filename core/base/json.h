#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace orrery {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// Parses `text`; an error names `source` and the byte. Depth is limited, so hostile nesting cannot
/// exhaust the stack.
Json parseJson(std::string_view text, std::string_view source);

/// Reads and parses a file. Errors name the file.
Json readJsonFile(const std::filesystem::path& path);

/// Which members of a document were asked for through a JsonField: what nobody asked for was not
/// understood.
class JsonReads {
 public:
  /// The members of the object `document` that were not asked for, and those inside of members of
  /// which only parts were, as "rope_scaling.factor".
  std::vector<std::string> unread(const Json& document) const;

 private:
  friend class JsonField;
  std::set<const Json*> asked_;
  std::set<const Json*> lookedInto_;  ///< objects of which single members were asked for
};

/// A place in a JSON document that knows its name, so that every error says which file and field is
/// wrong, what was found there and what was expected:
///
///     JsonField config(document, "config.json");
///     int heads = config["text_config"].require<int>("num_attention_heads");
///     // config.json: text_config.num_attention_heads: expected an integer, found "four"
///
/// Refers to the document, which must outlive it.
class JsonField {
 public:
  /// `reads`, if given, keeps what is asked for here and below; it must outlive the field.
  JsonField(const Json& value, std::string name, JsonReads* reads = nullptr)
      : value_(&value), name_(std::move(name)), reads_(reads) {}

  /// The member `key`; an Error if this is no object or has no such member.
  JsonField operator[](std::string_view key) const;
  /// The member `key`, or nothing if it is absent or null.
  std::optional<JsonField> find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key).has_value(); }

  /// This value as T: bool, int64_t, int, double, float, std::string, or a vector of these.
  template <class T>
  T as() const;
  template <class T>
  T require(std::string_view key) const {
    return (*this)[key].template as<T>();
  }
  /// Member `key` as T, or `otherwise` if it is absent or null. Another type is still an Error.
  template <class T>
  T get(std::string_view key, T otherwise) const {
    const auto field = find(key);
    return field ? field->template as<T>() : otherwise;
  }
  std::vector<JsonField> elements() const;  ///< of an array

  const Json& json() const { return *value_; }
  const std::string& name() const { return name_; }
  /// An Error about this field: "<name>: <message>".
  Error error(std::string_view message) const;

 private:
  [[noreturn]] void mismatch(std::string_view expected) const;

  const Json* value_;
  std::string name_;
  JsonReads* reads_;
};

/// Short text of a value for messages: the JSON, cut at 60 bytes.
std::string jsonExcerpt(const Json& value);

// Definitions
// ---------------------------------------------------------------------------------------

template <>
bool JsonField::as<bool>() const;
template <>
int64_t JsonField::as<int64_t>() const;
template <>
int JsonField::as<int>() const;
template <>
double JsonField::as<double>() const;
template <>
float JsonField::as<float>() const;
template <>
std::string JsonField::as<std::string>() const;

namespace detail {
template <class T>
struct VectorElement;
template <class T>
struct VectorElement<std::vector<T>> {
  using Type = T;
};
}  // namespace detail

template <class T>
T JsonField::as() const {
  T result;
  for (const JsonField& element : elements())
    result.push_back(element.as<typename detail::VectorElement<T>::Type>());
  return result;
}

}  // namespace orrery
