#include "core/models/rope_parameters.h"

#include <span>

namespace orrery::models {
namespace {

/// The object of that name; nothing if it is absent.
std::optional<JsonField> objectIf(const JsonField& config, std::string_view key) {
  const auto field = config.find(key);
  if (!field) return std::nullopt;
  if (!field->json().is_object())
    throw field->error("expected an object, found " + jsonExcerpt(field->json()));
  return field;
}

/// What nn::Rotary reads for a rope_type, besides what every type has.
std::span<const char* const> keysOf(std::string_view type) {
  static constexpr const char* kScaled[] = {"factor"};
  static constexpr const char* kYarn[] = {
      "factor", "attention_factor", "beta_fast", "beta_slow",
      "mscale", "mscale_all_dim",   "truncate",  "original_max_position_embeddings"};
  static constexpr const char* kLongRope[] = {"factor", "attention_factor", "short_factor",
                                              "long_factor", "original_max_position_embeddings"};
  static constexpr const char* kLlama3[] = {"factor", "low_freq_factor", "high_freq_factor",
                                            "original_max_position_embeddings"};
  if (type == "linear" || type == "dynamic") return kScaled;
  if (type == "yarn") return kYarn;
  if (type == "longrope" || type == "su") return kLongRope;
  if (type == "llama3") return kLlama3;
  return {};
}

/// Asks for every key that is used, so that a report on the config names the others.
void noteReads(const JsonField& parameters, std::string_view type) {
  for (const char* key : {"rope_type", "type", "rope_theta", "partial_rotary_factor"})
    parameters.has(key);
  for (const char* key : keysOf(type)) parameters.has(key);
}

}  // namespace

Json ropeParameters(const JsonField& config, std::string_view layerType, double defaultTheta) {
  auto stated = objectIf(config, "rope_parameters");
  if (!stated) stated = objectIf(config, "rope_scaling");
  if (stated && !layerType.empty())
    if (auto ofLayer = objectIf(*stated, layerType)) stated = ofLayer;
  Json result = stated ? stated->json() : Json::object();
  if (!result.contains("rope_theta")) result["rope_theta"] = config.get("rope_theta", defaultTheta);
  if (!result.contains("rope_type"))
    result["rope_type"] = stated ? stated->get<std::string>("type", "default") : "default";
  // Of old files: the usual frequencies, with the widths that mrope_section says.
  if (result["rope_type"] == "mrope") result["rope_type"] = "default";
  if (stated && result["rope_type"].is_string())
    noteReads(*stated, result["rope_type"].get<std::string>());
  for (const char* key : {"partial_rotary_factor", "original_max_position_embeddings"})
    if (!result.contains(key) && config.has(key)) result[key] = config[key].json();
  return result;
}

}  // namespace orrery::models
