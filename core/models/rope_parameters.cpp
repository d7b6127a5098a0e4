#include "core/models/rope_parameters.h"

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
  for (const char* key : {"partial_rotary_factor", "original_max_position_embeddings"})
    if (!result.contains(key) && config.has(key)) result[key] = config[key].json();
  return result;
}

}  // namespace orrery::models
