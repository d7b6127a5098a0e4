#include "core/pipelines/result.h"

namespace orrery::pipelines {
namespace {

OrderedJson write(const Classification::Label& label) {
  return {{"label", label.label}, {"score", label.score}};
}

OrderedJson write(const Entity& entity) {
  OrderedJson json{{entity.grouped ? "entity_group" : "entity", entity.label},
                   {"score", entity.score}};
  if (!entity.grouped) json["index"] = entity.index;
  json["word"] = entity.word;
  json["start"] = entity.start;
  json["end"] = entity.end;
  return json;
}

OrderedJson write(const MaskFill& fill) {
  return {{"score", fill.score},
          {"token", fill.token},
          {"token_str", fill.tokenText},
          {"sequence", fill.sequence}};
}

OrderedJson write(const Answer& answer) {
  return {{"score", answer.score},
          {"start", answer.start},
          {"end", answer.end},
          {"answer", answer.answer}};
}

OrderedJson write(const Generated& generated) {
  if (generated.ids) return {{"generated_token_ids", *generated.ids}};
  if (!generated.messages.is_null()) return {{"generated_text", generated.messages}};
  return {{"generated_text", generated.text}};
}

template <class T>
OrderedJson write(const std::vector<T>& list) {
  OrderedJson json = OrderedJson::array();
  for (const T& element : list) json.push_back(write(element));
  return json;
}

/// Rows of `features` from dimension `axis` on; `at` is the next number.
OrderedJson nested(const Features& features, std::size_t axis, std::size_t& at) {
  OrderedJson list = OrderedJson::array();
  for (std::int64_t i = 0; i < features.shape[axis]; ++i)
    if (axis + 1 == features.shape.size())
      list.push_back(features.values[at++]);
    else
      list.push_back(nested(features, axis + 1, at));
  return list;
}

}  // namespace

OrderedJson toJson(const Result& result) {
  if (const auto* found = std::get_if<Classification>(&result))
    return found->single ? write(found->labels.at(0)) : write(found->labels);
  if (const auto* found = std::get_if<std::vector<Answer>>(&result))
    return found->size() == 1 ? write(found->front()) : write(*found);
  if (const auto* found = std::get_if<MaskFills>(&result))
    return found->size() == 1 ? write(found->front()) : write(*found);
  if (const auto* found = std::get_if<Entities>(&result)) {
    OrderedJson list = write(found->list);
    return found->nested ? OrderedJson::array({std::move(list)}) : list;
  }
  if (const auto* found = std::get_if<std::vector<Generated>>(&result)) return write(*found);
  std::size_t at = 0;
  return nested(std::get<Features>(result), 0, at);
}

}  // namespace orrery::pipelines
