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
  OrderedJson json = OrderedJson::object();
  if (!generated.input.is_null()) json["input_text"] = generated.input;
  if (generated.ids)
    json["generated_token_ids"] = *generated.ids;
  else if (!generated.messages.is_null())
    json["generated_text"] = generated.messages;
  else
    json["generated_text"] = generated.text;
  return json;
}

OrderedJson write(const SpokenAnswer& answer) {
  return {{"answer", answer.answer}};
}

/// The reference cuts what lies behind the point of a box.
OrderedJson write(const DetectedObject& object) {
  const auto whole = [&](std::size_t i) { return static_cast<std::int64_t>(object.box[i]); };
  return {
      {"score", object.score},
      {"label", object.label},
      {"box", {{"xmin", whole(0)}, {"ymin", whole(1)}, {"xmax", whole(2)}, {"ymax", whole(3)}}}};
}

OrderedJson write(const RleMask& mask) {
  return {{"size", mask.size}, {"counts", mask.counts}};
}

OrderedJson write(const std::optional<double>& seconds) {
  return seconds ? OrderedJson(*seconds) : OrderedJson();
}

OrderedJson write(const Transcript::Chunk& chunk, const Transcript& transcript) {
  OrderedJson json = OrderedJson::object();
  const auto language = chunk.language ? OrderedJson(*chunk.language) : OrderedJson();
  if (transcript.byWords) json["text"] = chunk.text;
  if (transcript.withLanguage && !transcript.byWords) json["language"] = language;
  if (transcript.withTimes)
    json["timestamp"] = OrderedJson::array({write(chunk.start), write(chunk.end)});
  if (!transcript.byWords) json["text"] = chunk.text;
  if (transcript.withLanguage && transcript.byWords) json["language"] = language;
  return json;
}

OrderedJson write(const Transcript& transcript) {
  OrderedJson json{{"text", transcript.text}};
  if (!transcript.withTimes && !transcript.withLanguage) return json;
  json["chunks"] = OrderedJson::array();
  for (const auto& chunk : transcript.chunks) json["chunks"].push_back(write(chunk, transcript));
  return json;
}

template <class T>
OrderedJson write(const std::vector<T>& list) {
  OrderedJson json = OrderedJson::array();
  for (const T& element : list) json.push_back(write(element));
  return json;
}

OrderedJson write(const GeneratedMasks& found) {
  OrderedJson json{{"masks", write(found.masks)}, {"scores", found.scores}};
  if (found.withRuns) {
    OrderedJson list = OrderedJson::array();
    for (const RleMask& mask : found.masks)
      list.push_back({{"size", mask.size}, {"counts", rleRuns(mask)}});
    json["rle_mask"] = std::move(list);
  }
  if (found.boxes) json["bounding_boxes"] = *found.boxes;
  return json;
}

/// A large array: its size and its name among those of `apart`.
OrderedJson putApart(const std::string& name, std::int64_t height, std::int64_t width,
                     const std::vector<float>& values, checkpoint::NamedTensors& apart) {
  apart.emplace_back(name, checkpoint::TensorView{.dtype = checkpoint::DType::kF32,
                                                  .shape = {height, width},
                                                  .data = std::as_bytes(std::span(values)),
                                                  .owner = nullptr});
  return {{"size", {height, width}}, {"array", name}};
}

OrderedJson write(const MadeSound& sound, checkpoint::NamedTensors* apart) {
  const auto count = static_cast<std::int64_t>(sound.samples.size());
  return {{"audio",
           apart ? putApart("audio", 1, count, sound.samples, *apart) : OrderedJson(sound.samples)},
          {"sampling_rate", sound.samplingRate}};
}

/// Raw values are for programs that ask for arrays.
OrderedJson write(const std::vector<PictureSegment>& segments, checkpoint::NamedTensors* apart) {
  OrderedJson list = OrderedJson::array();
  for (const PictureSegment& segment : segments) {
    OrderedJson& json = list.emplace_back();
    json["score"] = segment.score ? OrderedJson(*segment.score) : OrderedJson();
    json["label"] = segment.label;
    json["mask"] = write(segment.mask);
    if (apart && !segment.values.empty())
      json["values"] = putApart("values." + std::to_string(list.size() - 1), segment.rows,
                                segment.columns, segment.values, *apart);
  }
  return list;
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
  if (const auto* found = std::get_if<std::vector<SpokenAnswer>>(&result)) return write(*found);
  if (const auto* found = std::get_if<Transcript>(&result)) return write(*found);
  if (const auto* found = std::get_if<MadeSound>(&result)) return write(*found, apart);
  std::size_t at = 0;
  if (const auto* found = std::get_if<DepthMap>(&result)) {
    if (!apart)
      return {{"predicted_depth", nested({{found->height, found->width}, found->values}, 0, at)}};
    return {{"depth", putApart("depth", found->height, found->width, found->values, *apart)}};
  }
  if (const auto* found = std::get_if<std::vector<PictureSegment>>(&result))
    return write(*found, apart);
  if (const auto* found = std::get_if<GeneratedMasks>(&result)) return write(*found);
  if (const auto* found = std::get_if<Forecast>(&result)) return found->toJson(apart);
  return nested(std::get<Features>(result), 0, at);
}

}  // namespace orrery::pipelines
