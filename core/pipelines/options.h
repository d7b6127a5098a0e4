#pragma once

#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

/// The options of a task: a struct that lists its members once, with the names of transformers,
///
///     struct ClassificationOptions {
///       std::optional<int> topK = 1;
///       static void fields(auto& f, auto& self) { f("top_k", self.topK, "labels to return", 1); }
///     };
///
/// and is read from names and values, and described to people, by that list.
namespace orrery::pipelines {

/// Options as they are given: an object of names and values. null means the default, or "none" for
/// what may be none.
using Options = OrderedJson;

/// An option as a form or a help text needs it.
struct OptionInfo {
  std::string name;
  std::string type;  ///< "true or false", "integer", "number", "text", …, or the words it may be
  std::string description;
  OrderedJson defaultValue;
};

/// The words of an enum, in the order of its values; specialised beside the enum.
template <class Enum>
inline constexpr std::array<std::string_view, 0> kWords{};

template <class T>
concept WordEnum = std::is_enum_v<T> &&(!kWords<T>.empty());

class OptionReader;
template <class T>
concept OptionStruct = requires(OptionReader& f, T& value) {
  T::fields(f, value);
};

/// Reads members from options; errors name the option, what was found and what was expected.
class OptionReader {
 public:
  /// `where` begins the names in errors. `given` must outlive the reader.
  OptionReader(const Options& given, std::string where);

  /// Takes option `name` if it is given. `minimum` is the least an integer may be.
  template <class T>
  void operator()(std::string_view name, T& value, std::string_view, int minimum = 0) {
    known_.emplace_back(name);
    const auto found = given_.find(name);
    if (found == given_.end()) return;
    if constexpr (std::is_same_v<T, OrderedJson>) {
      value = *found;
    } else {
      const Json plain(*found);
      const JsonField field(plain, where_ + "." + std::string(name));
      read(field, value, minimum);
    }
  }

  /// What no member took.
  Options rest() const;
  const std::vector<std::string>& known() const { return known_; }

 private:
  static void readPlain(const JsonField& field, bool& value, int minimum);
  static void readPlain(const JsonField& field, int& value, int minimum);
  static void readPlain(const JsonField& field, std::int64_t& value, int minimum);
  static void readPlain(const JsonField& field, double& value, int minimum);
  static void readPlain(const JsonField& field, std::string& value, int minimum);
  static void readPlain(const JsonField& field, std::vector<std::string>& value, int minimum);
  static std::size_t readWord(const JsonField& field, const std::string_view* words,
                              std::size_t count);

  template <class T>
  static void read(const JsonField& field, T& value, int minimum) {
    if (field.json().is_null()) return;
    if constexpr (WordEnum<T>)
      value = static_cast<T>(readWord(field, kWords<T>.data(), kWords<T>.size()));
    else
      readPlain(field, value, minimum);
  }
  template <class T>
  static void read(const JsonField& field, std::optional<T>& value, int minimum) {
    if (field.json().is_null())
      value.reset();
    else
      read(field, value.emplace(), minimum);
  }

  const Options& given_;
  std::string where_;
  std::vector<std::string> known_;
};

/// Collects what a struct lists.
class OptionDescriber {
 public:
  template <class T>
  void operator()(std::string_view name, const T& value, std::string_view description, int = 0) {
    list_.push_back({std::string(name), typeOf(value), std::string(description), write(value)});
  }
  std::vector<OptionInfo> take() { return std::move(list_); }

 private:
  static std::string typeOf(bool) { return "true or false"; }
  static std::string typeOf(int) { return "integer"; }
  static std::string typeOf(std::int64_t) { return "integer"; }
  static std::string typeOf(double) { return "number"; }
  static std::string typeOf(const std::string&) { return "text"; }
  static std::string typeOf(const std::vector<std::string>&) { return "text or list of texts"; }
  static std::string typeOf(const OrderedJson&) { return "JSON"; }
  template <class T>
  static std::string typeOf(const std::optional<T>&) {
    return typeOf(T{});
  }
  template <WordEnum T>
  static std::string typeOf(T) {
    return fmt::format("{}", fmt::join(kWords<T>, ", "));
  }

  template <class T>
  static OrderedJson write(const T& value) {
    if constexpr (WordEnum<T>)
      return kWords<T>[static_cast<std::size_t>(value)];
    else
      return value;
  }
  template <class T>
  static OrderedJson write(const std::optional<T>& value) {
    return value ? write(*value) : OrderedJson();
  }

  std::vector<OptionInfo> list_;
};

/// An Error that names the first of `rest` and lists what is known, if there is any.
void refuseUnknown(const Options& rest, std::string_view where,
                   const std::vector<std::string>& known);

/// `options` as a T; an unknown name is an Error.
template <OptionStruct T>
T readOptions(const Options& options, const std::string& where = "options") {
  T result;
  OptionReader reader(options, where);
  T::fields(reader, result);
  refuseUnknown(reader.rest(), where, reader.known());
  return result;
}

template <OptionStruct T>
std::vector<OptionInfo> describeOptions() {
  const T defaults;
  OptionDescriber describer;
  T::fields(describer, defaults);
  return describer.take();
}

}  // namespace orrery::pipelines
