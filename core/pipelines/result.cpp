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

/// The reference cuts what lies behind the point of a box.
OrderedJson write(const DetectedObject& object) {
  const auto whole = [&](std::size_t i) { return static_cast<std::int64_t>(object.box[i]); };
  return {
      {"score", object.score},
      {"label", object.label},
      {"box", {{"xmin", whole(0)}, {"ymin", whole(1)}, {"xmax", whole(2)}, {"ymax", whole(3)}}}};
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

OrderedJson toJson(const Result& result, checkpoint::NamedTensors* apart) {
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
  if (const auto* found = std::get_if<std::vector<DetectedObject>>(&result)) return write(*found);
  std::size_t at = 0;
  if (const auto* found = std::get_if<DepthMap>(&result)) {
    if (!apart)
      return {{"predicted_depth", nested({{found->height, found->width}, found->values}, 0, at)}};
    apart->emplace_back("depth",
                        checkpoint::TensorView{.dtype = checkpoint::DType::kF32,
                                               .shape = {found->height, found->width},
                                               .data = std::as_bytes(std::span(found->values)),
                                               .owner = nullptr});
    return {{"depth", {{"size", {found->height, found->width}}, {"array", "depth"}}}};
  }
  return nested(std::get<Features>(result), 0, at);
}

}  // namespace orrery::pipelines
