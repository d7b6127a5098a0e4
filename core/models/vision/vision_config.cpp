#include "core/models/vision/vision_config.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/models/config_fields.h"
#include "core/models/timm/timm_config.h"

namespace orrery::models::vision {

#define ORRERY_VISION_MODEL(type, make, shape) ModelShape shape(const JsonField& config);
#include "core/models/vision/model_types.inc"
#undef ORRERY_VISION_MODEL

namespace {

std::size_t stageNamed(const JsonField& field, const std::string& name,
                       const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw field.error(fmt::format("{} is not a stage of this model; expected some of {}",
                                  quoted(name), fmt::join(names, ", ")));
  return static_cast<std::size_t>(found - names.begin());
}

std::size_t stageAt(const JsonField& field, std::int64_t index, std::size_t count) {
  const auto size = static_cast<std::int64_t>(count);
  if (index < -size || index >= size)
    throw field.error(fmt::format("stage {} is not there; this model has {}", index, count));
  return static_cast<std::size_t>(index < 0 ? index + size : index);
}

}  // namespace

void addShapes(std::map<std::string, ReadShape>& table) {
#define ORRERY_VISION_MODEL(type, make, shape) table[type] = shape;
#include "core/models/vision/model_types.inc"
#undef ORRERY_VISION_MODEL
}

ModelShape backboneShape(const JsonField& config) {
  std::map<std::string, ReadShape> table;
  addShapes(table);
  table[timm::kBackboneType] = timm::readBackboneShape;
  const auto type = config.require<std::string>("model_type");
  const auto found = table.find(type);
  if (found == table.end())
    throw config["model_type"].error(fmt::format("{} cannot be a backbone here", quoted(type)));
  return found->second(config);
}

std::vector<std::size_t> outStages(const JsonField& config,
                                   const std::vector<std::string>& stageNames,
                                   std::string_view indicesKey) {
  std::vector<std::size_t> result;
  const auto features = config.find("out_features");
  const auto indices = config.find(indicesKey);
  if (features)
    for (const JsonField& name : features->elements())
      result.push_back(stageNamed(*features, name.as<std::string>(), stageNames));
  else if (indices)
    for (const JsonField& index : indices->elements())
      result.push_back(stageAt(*indices, index.as<std::int64_t>(), stageNames.size()));
  if (result.empty()) result.push_back(stageNames.size() - 1);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

std::vector<std::string> numberedStages(std::size_t stages) {
  std::vector<std::string> names{"stem"};
  for (std::size_t i = 1; i <= stages; ++i) names.push_back(fmt::format("stage{}", i));
  return names;
}

std::vector<std::int64_t> stageNumbers(const JsonField& config, std::string_view key,
                                       std::vector<std::int64_t> otherwise, std::int64_t least,
                                       std::int64_t most) {
  const auto field = config.find(key);
  if (!field) return otherwise;
  auto numbers = field->as<std::vector<std::int64_t>>();
  const auto good = [&](std::int64_t n) { return n >= least && n <= most; };
  if (numbers.empty() || numbers.size() > kMaxStages ||
      !std::all_of(numbers.begin(), numbers.end(), good))
    throw field->error(
        fmt::format("expected 1 to {} numbers from {} to {}", kMaxStages, least, most));
  return numbers;
}

std::vector<std::int64_t> depthsOr(const JsonField& config, std::vector<std::int64_t> otherwise,
                                   std::size_t stages) {
  auto depths = stageNumbers(config, "depths", std::move(otherwise), 1, kMaxLayers);
  if (depths.size() != stages)
    throw config.error(
        fmt::format("hidden_sizes has {} stages, but depths {}", stages, depths.size()));
  return depths;
}

Size sizeField(const JsonField& config, std::string_view key, std::int64_t otherwise) {
  const auto field = config.find(key);
  if (!field) return {otherwise, otherwise};
  std::vector<std::int64_t> values;
  if (field->json().is_array())
    for (const JsonField& item : field->elements()) values.push_back(item.as<std::int64_t>());
  else
    values.assign(2, field->as<std::int64_t>());
  if (values.size() == 1) values.push_back(values.front());
  const bool good = values.size() == 2 && std::min(values[0], values[1]) > 0 &&
                    std::max(values[0], values[1]) <= kMaxImageSide;
  if (!good)
    throw field->error(fmt::format("expected one or two sizes of 1 to {} pixels", kMaxImageSide));
  return {values[0], values[1]};
}

}  // namespace orrery::models::vision
