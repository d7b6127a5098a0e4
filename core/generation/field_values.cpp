// Reading and writing the value of one field of GenerationConfig: one overload per type of member.

#include <algorithm>
#include <cmath>

#include "core/generation/generation_fields.h"

namespace orrery::generation {
namespace {

std::string describe(const FieldRange& range) {
  const bool below = std::isfinite(range.minimum), above = std::isfinite(range.maximum);
  if (below && above)
    return fmt::format("in {}{}, {}{}", range.minimumOpen ? '(' : '[', range.minimum, range.maximum,
                       range.maximumOpen ? ')' : ']');
  return fmt::format("{} {}", range.minimumOpen ? "above" : "of at least", range.minimum);
}

template <class Number>
Number inRange(const JsonField& value, const FieldRange& range) {
  const Number number = value.as<Number>();
  if (!range.contains(static_cast<double>(number)))
    throw value.error(fmt::format("expected {} {}, found {}",
                                  std::is_same_v<Number, int> ? "an integer" : "a number",
                                  describe(range), jsonExcerpt(value.json())));
  return number;
}

using Range = FieldRange;

void read(bool& out, const JsonField& value, const Range&) {
  out = value.as<bool>();
}
void read(int& out, const JsonField& value, const Range& range) {
  out = inRange<int>(value, range);
}
void read(double& out, const JsonField& value, const Range& range) {
  out = inRange<double>(value, range);
}

template <class Number>
void read(std::optional<Number>& out, const JsonField& value, const Range& range) {
  read(out.emplace(), value, range);
}

void read(std::vector<TokenId>& out, const JsonField& value, const Range& range) {
  if (!value.json().is_array()) {
    out = {inRange<int>(value, range)};
    return;
  }
  out.clear();
  for (const JsonField& element : value.elements()) out.push_back(inRange<int>(element, range));
}

std::vector<TokenId> readSequence(const JsonField& value, const Range& range) {
  std::vector<TokenId> ids;
  for (const JsonField& element : value.elements()) ids.push_back(inRange<int>(element, range));
  if (ids.empty()) throw value.error("expected at least one token id, found none");
  return ids;
}

void read(std::vector<std::vector<TokenId>>& out, const JsonField& value, const Range& range) {
  out.clear();
  for (const JsonField& element : value.elements()) out.push_back(readSequence(element, range));
}

std::vector<JsonField> readPair(const JsonField& value, std::string_view expected) {
  if (!value.json().is_array() || value.json().size() != 2)
    throw value.error(fmt::format("expected {}, found {}", expected, jsonExcerpt(value.json())));
  return value.elements();
}

void read(std::vector<SequenceBias>& out, const JsonField& value, const Range& range) {
  out.clear();
  for (const JsonField& element : value.elements()) {
    const auto pair = readPair(element, "[token ids, number]");
    SequenceBias entry{readSequence(pair[0], range), pair[1].as<double>()};
    // As in a Python dict, a later entry for the same sequence replaces the earlier one.
    const auto same = std::find_if(
        out.begin(), out.end(), [&](const SequenceBias& other) { return other.ids == entry.ids; });
    if (same == out.end())
      out.push_back(std::move(entry));
    else
      *same = std::move(entry);
  }
}

void read(std::optional<DecayPenalty>& out, const JsonField& value, const Range& range) {
  const auto pair = readPair(value, "[start, factor]");
  out = DecayPenalty{inRange<int>(pair[0], range), pair[1].as<double>()};
}

void read(std::vector<std::string>& out, const JsonField& value, const Range&) {
  if (value.json().is_string())
    out = {value.as<std::string>()};
  else
    out = value.as<std::vector<std::string>>();
  for (const std::string& text : out)
    if (text.empty()) throw value.error("expected texts that are not empty, found \"\"");
}

void read(EarlyStopping& out, const JsonField& value, const Range&) {
  if (value.json() == "never")
    out = EarlyStopping::kNever;
  else if (value.json().is_boolean())
    out = value.json().get<bool>() ? EarlyStopping::kYes : EarlyStopping::kNo;
  else
    throw value.error(
        fmt::format("expected true, false or \"never\", found {}", jsonExcerpt(value.json())));
}

template <class Plain>
Json write(const Plain& value) {
  return value;
}
template <class Number>
Json write(const std::optional<Number>& value) {
  return value ? Json(*value) : Json();
}
Json write(const std::vector<SequenceBias>& entries) {
  Json list = Json::array();
  for (const SequenceBias& entry : entries) list.push_back(Json::array({entry.ids, entry.bias}));
  return list;
}
Json write(const std::optional<DecayPenalty>& value) {
  return value ? Json::array({value->start, value->factor}) : Json();
}
Json write(EarlyStopping value) {
  return value == EarlyStopping::kNever ? Json("never") : Json(value == EarlyStopping::kYes);
}

}  // namespace

void assignField(GenerationConfig& config, const FieldInfo& field, const JsonField& value) {
  std::visit(
      [&](auto member) {
        if (value.json().is_null())
          config.*member = GenerationConfig{}.*member;
        else
          read(config.*member, value, field.range);
      },
      field.member);
}

Json fieldValue(const GenerationConfig& config, const FieldInfo& field) {
  const Json value = std::visit([&](auto member) { return write(config.*member); }, field.member);
  return value.is_array() && value.empty() ? Json() : value;
}

}  // namespace orrery::generation
