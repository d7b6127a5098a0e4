#include "core/models/rope_parameters.h"

namespace orrery::models {
namespace {

/// The object of that name; nothing if it is absent.
std::optional<Json> objectIf(const JsonField& config, std::string_view key) {
  const auto field = config.find(key);
  if (!field) return std::nullopt;
  if (!field->json().is_object())
    throw field->error("expected an object, found " + jsonExcerpt(field->json()));
  return field->json();
}

}  // namespace

Json ropeParameters(const JsonField& config, std::string_view layerType, double defaultTheta) {
  auto stated = objectIf(config, "rope_parameters");
  if (!stated) stated = objectIf(config, "rope_scaling");
  Json result = stated.value_or(Json::object());
  if (!layerType.empty() && result.contains(layerType) && result[layerType].is_object())
    result = Json(result[layerType]);
  if (!result.contains("rope_theta")) result["rope_theta"] = config.get("rope_theta", defaultTheta);
  if (!result.contains("rope_type"))
    result["rope_type"] = result.contains("type") ? result["type"] : Json("default");
  for (const char* key : {"partial_rotary_factor", "original_max_position_embeddings"})
    if (!result.contains(key) && config.has(key)) result[key] = config[key].json();
  return result;
}

}  // namespace orrery::models
