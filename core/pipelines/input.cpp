#include "core/pipelines/input.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace orrery::pipelines {
namespace {

/// The member `key` as a text.
std::string textOf(const OrderedJson& object, const char* key) {
  const Json plain(object);
  return JsonField(plain, "input").require<std::string>(key);
}

void refuseOthers(const OrderedJson& object, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw Error(ErrorKind::kInvalidInput, "input.{}: unknown field, expected one of {}", key,
                  fmt::join(known, ", "));
}

/// {"image"} or {"images"}, with "text" or "question" or neither.
Input fromPictures(const OrderedJson& object) {
  refuseOthers(object, {"image", "images", "text", "question"});
  const Json plain(object);
  const JsonField input(plain, "input");
  const char* key = object.contains("images") ? "images" : "image";
  PictureText asked;
  if (input[key].json().is_string())
    asked.pictures = {input.require<std::string>(key)};
  else
    for (const auto& file : input.require<std::vector<std::string>>(key))
      asked.pictures.emplace_back(file);
  const char* words = object.contains("question") ? "question" : "text";
  if (object.contains(words)) {
    asked.text = textOf(object, words);
    return asked;
  }
  if (asked.pictures.size() != 1)
    throw input[key].error(
        fmt::format("expected one picture without a text, found {}", asked.pictures.size()));
  return Picture{asked.pictures[0]};
}

std::vector<float> valuesOf(const JsonField& list) {
  std::vector<float> values;
  for (const JsonField& value : list.elements())
    values.push_back(value.json().is_null() ? std::numeric_limits<float>::quiet_NaN()
                                            : value.as<float>());
  return values;
}

/// {"series"}, or {"values"} with "start" and "step".
Input fromSeries(const OrderedJson& object) {
  const Json plain(object);
  const JsonField input(plain, "input");
  Series series;
  if (object.contains("series")) {
    refuseOthers(object, {"series"});
    series.file = input.require<std::string>("series");
    return series;
  }
  refuseOthers(object, {"values", "start", "step"});
  if (object["values"].is_object())
    for (const auto& [name, list] : object["values"].items())
      series.columns.emplace_back(name, valuesOf(input["values"][name]));
  else
    series.columns.emplace_back("values", valuesOf(input["values"]));
  if (input.has("start")) {
    series.start = input.require<std::string>("start");
    series.step = input.require<double>("step");
    if (!(series.step > 0)) throw input["step"].error("expected seconds above 0");
  }
  return series;
}

Input fromObject(const OrderedJson& object) {
  if (object.contains("audio")) {
    refuseOthers(object, {"audio"});
    return Sound{textOf(object, "audio")};
  }
  if (object.contains("series") || object.contains("values")) return fromSeries(object);
  if (object.contains("image") || object.contains("images")) return fromPictures(object);
  if (object.contains("question") || object.contains("context")) {
    refuseOthers(object, {"question", "context"});
    return Question{textOf(object, "question"), textOf(object, "context")};
  }
  refuseOthers(object, {"text", "text_pair"});
  Text text{textOf(object, "text")};
  if (object.contains("text_pair")) text.pair = textOf(object, "text_pair");
  return text;
}

Input fromList(const OrderedJson& list) {
  const auto isMessage = [](const OrderedJson& entry) {
    return entry.is_object() && entry.contains("role") && entry.contains("content");
  };
  if (!list.empty() && std::all_of(list.begin(), list.end(), isMessage)) return Chat{list};
  const Json plain(list);
  if (!list.empty() && list[0].is_string())
    return Words{JsonField(plain, "input").as<std::vector<std::string>>()};
  throw Error(ErrorKind::kInvalidInput,
              "input: expected a list of words or of messages with role and content, found {}",
              jsonExcerpt(plain));
}

}  // namespace

Input Input::fromJson(const OrderedJson& json) {
  if (json.is_string()) return Text{json.get<std::string>()};
  if (json.is_object()) return fromObject(json);
  if (json.is_array()) return fromList(json);
  throw Error(ErrorKind::kInvalidInput, "input: expected a text, an object or a list, found {}",
              jsonExcerpt(Json(json)));
}

std::string_view Input::kindOf(const Variant& value) {
  constexpr std::string_view kKinds[] = {"a text",
                                         "a list of words",
                                         "a question with its context",
                                         "a list of messages",
                                         "a picture",
                                         "pictures with a text",
                                         "a sound",
                                         "series of numbers"};
  return kKinds[value.index()];
}

Sound soundOf(const Input& input) {
  return input.is<Text>() && !input.as<Text>().pair ? Sound{input.as<Text>().text}
                                                    : input.as<Sound>();
}

void Input::refuse(std::string_view expected) const {
  throw Error(ErrorKind::kInvalidInput, "input: expected {}, found {}", expected, kindOf(value_));
}

}  // namespace orrery::pipelines
