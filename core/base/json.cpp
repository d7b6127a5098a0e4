#include "core/base/json.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/file.h"

namespace orrery {
namespace {

constexpr int kMaxDepth = 256;

Error parseError(std::string_view source, std::string_view message) {
  return Error(ErrorKind::kInvalidInput, "not valid JSON: {}", message).in(source);
}

}  // namespace

Json parseJson(std::string_view text, std::string_view source) {
  const auto checkDepth = [&](int depth, Json::parse_event_t event, Json&) {
    const bool opens =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth > kMaxDepth)
      throw parseError(source, fmt::format("nested more than {} levels deep", kMaxDepth));
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), checkDepth);
  } catch (const Json::exception& error) {  // out_of_range too: a number beyond every double
    // "[json.exception.parse_error.101] parse error at line 1, column 2: …": the prefix is noise.
    const std::string_view what = error.what();
    const auto end = what.find("] ");
    throw parseError(source, quoted(end == what.npos ? what : what.substr(end + 2), 200));
  }
}

Json readJsonFile(const std::filesystem::path& path) {
  return parseJson(readTextFile(path), path.string());
}

std::string jsonExcerpt(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) text = utf8Prefix(text, 57) + "…";
  return text;
}

std::vector<std::string> JsonReads::unread(const Json& document) const {
  std::vector<std::string> result;
  for (const auto& [name, value] : document.items()) {
    if (!asked_.contains(&value)) {
      result.push_back(name);
      continue;
    }
    if (!lookedInto_.contains(&value)) continue;
    for (const std::string& inner : unread(value)) result.push_back(name + "." + inner);
  }
  return result;
}

JsonField JsonField::operator[](std::string_view key) const {
  if (!value_->is_object()) mismatch("an object");
  const auto found = value_->find(key);
  if (found == value_->end()) throw error(fmt::format("field {} is missing", quoted(key)));
  if (reads_) {
    reads_->lookedInto_.insert(value_);
    reads_->asked_.insert(&*found);
  }
  const bool isFile = name_.ends_with(".json") || name_.ends_with(".gguf");
  return {*found, name_ + (isFile ? ": " : ".") + std::string(key), reads_};
}

std::optional<JsonField> JsonField::find(std::string_view key) const {
  if (!value_->is_object()) mismatch("an object");
  const auto found = value_->find(key);
  if (found == value_->end()) {
    if (reads_) reads_->lookedInto_.insert(value_);
    return std::nullopt;
  }
  const JsonField field = (*this)[key];  // a null was asked for, too
  if (found->is_null()) return std::nullopt;
  return field;
}

std::vector<JsonField> JsonField::elements() const {
  if (!value_->is_array()) mismatch("a list");
  std::vector<JsonField> result;
  result.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i)
    result.emplace_back((*value_)[i], fmt::format("{}[{}]", name_, i), reads_);
  return result;
}

Error JsonField::error(std::string_view message) const {
  return Error(ErrorKind::kInvalidInput, std::string(message)).in(name_);
}

void JsonField::mismatch(std::string_view expected) const {
  throw error(fmt::format("expected {}, found {}", expected, jsonExcerpt(*value_)));
}

template <>
bool JsonField::as<bool>() const {
  if (!value_->is_boolean()) mismatch("true or false");
  return value_->get<bool>();
}

template <>
int64_t JsonField::as<int64_t>() const {
  if (value_->is_number_float()) {
    // Some exporters write 4096.0; a whole number is accepted in either form.
    const double number = value_->get<double>();
    if (std::abs(number) < 9e15 && number == std::trunc(number))
      return static_cast<int64_t>(number);
  }
  if (!value_->is_number_integer()) mismatch("an integer");
  if (value_->is_number_unsigned() &&
      value_->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    mismatch("an integer below 2^63");
  return value_->get<int64_t>();
}

template <>
int JsonField::as<int>() const {
  const int64_t number = as<int64_t>();
  if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max())
    mismatch("an integer of 32 bits");
  return static_cast<int>(number);
}

template <>
double JsonField::as<double>() const {
  if (!value_->is_number()) mismatch("a number");
  return value_->get<double>();
}

template <>
float JsonField::as<float>() const {
  return static_cast<float>(as<double>());
}

template <>
std::string JsonField::as<std::string>() const {
  if (!value_->is_string()) mismatch("a string");
  return value_->get<std::string>();
}

}  // namespace orrery
