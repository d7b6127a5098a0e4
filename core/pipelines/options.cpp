#include "core/pipelines/options.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace orrery::pipelines {
namespace {

template <class Integer>
void readInteger(const JsonField& field, Integer& value, int minimum) {
  value = field.as<Integer>();
  if (value < minimum)
    throw field.error(fmt::format("expected an integer of at least {}, found {}", minimum, value));
}

}  // namespace

OptionReader::OptionReader(const Options& given, std::string where)
    : given_(given), where_(std::move(where)) {
  if (!given.is_object() && !given.is_null())
    throw Error(ErrorKind::kInvalidInput, "expected an object of names and values, found {}",
                jsonExcerpt(Json(given)))
        .in(where_);
}

Options OptionReader::rest() const {
  Options result = Options::object();
  for (const auto& [name, value] : given_.items())
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) result[name] = value;
  return result;
}

void OptionReader::readPlain(const JsonField& field, bool& value, int) {
  value = field.as<bool>();
}
void OptionReader::readPlain(const JsonField& field, int& value, int minimum) {
  readInteger(field, value, minimum);
}
void OptionReader::readPlain(const JsonField& field, std::int64_t& value, int minimum) {
  readInteger(field, value, minimum);
}
void OptionReader::readPlain(const JsonField& field, double& value, int) {
  value = field.as<double>();
}
void OptionReader::readPlain(const JsonField& field, std::string& value, int) {
  value = field.as<std::string>();
}
void OptionReader::readPlain(const JsonField& field, std::vector<std::string>& value, int) {
  if (field.json().is_string())
    value = {field.as<std::string>()};
  else
    value = field.as<std::vector<std::string>>();
}

std::size_t OptionReader::readWord(const JsonField& field, const std::string_view* words,
                                   std::size_t count) {
  const auto* end = words + count;
  const auto* found =
      field.json().is_string() ? std::find(words, end, field.as<std::string>()) : end;
  if (found == end)
    throw field.error(fmt::format("expected one of {}, found {}", fmt::join(words, end, ", "),
                                  jsonExcerpt(field.json())));
  return static_cast<std::size_t>(found - words);
}

void refuseUnknown(const Options& rest, std::string_view where,
                   const std::vector<std::string>& known) {
  if (rest.empty()) return;
  throw Error(ErrorKind::kInvalidInput, "no such option, expected one of {}",
              fmt::join(known, ", "))
      .in(fmt::format("{}.{}", where, rest.begin().key()));
}

}  // namespace orrery::pipelines
