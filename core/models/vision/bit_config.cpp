#include "core/models/vision/bit_config.h"

#include <algorithm>
#include <utility>

#include "core/models/config_fields.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {
namespace {

/// The multiple of 8 nearest to `value`, but at least 8 and nine tenths of it.
std::int64_t inEights(double value) {
  const auto near = std::max<std::int64_t>(8, static_cast<std::int64_t>(value + 4) / 8 * 8);
  return static_cast<double>(near) < 0.9 * value ? near + 8 : near;
}

/// Widths and depths; a config may have more widths than stages. Once the maps are as small as
/// `output_stride` says, dilation stands for halving.
void readStages(BitConfig& c, const JsonField& config) {
  const auto widths = stageNumbers(config, "hidden_sizes", {256, 512, 1024, 2048});
  const auto depths = stageNumbers(config, "depths", {3, 4, 6, 3}, 1, kMaxLayers);
  if (widths.size() < depths.size())
    throw config.error(
        fmt::format("hidden_sizes has {} stages, but depths {}", widths.size(), depths.size()));
  const std::int64_t factor = positiveSizeOr(config, "width_factor", 1, 1024);
  const std::int64_t most = positiveSizeOr(config, "output_stride", 32);
  std::int64_t total = 4, dilation = 1;
  for (std::size_t i = 0; i < depths.size(); ++i) {
    const std::int64_t width = inEights(static_cast<double>(widths[i] * factor));
    std::int64_t stride = i == 0 ? 1 : 2;
    if (total >= most) dilation *= std::exchange(stride, 1);
    total *= stride;
    c.stages.push_back({.width = width,
                        .middle = inEights(static_cast<double>(width) / 4),
                        .depth = depths[i],
                        .stride = stride,
                        .dilation = dilation});
  }
  c.lastWidth = widths.back();
}

bool readPadding(const JsonField& config) {
  const auto field = config.find("global_padding");
  if (!field) return false;
  auto name = field->as<std::string>();
  for (char& letter : name)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  // Of "VALID" a layer's map is smaller than its shortcut: the two cannot be added.
  if (name != "SAME") throw field->error("expected null or \"SAME\"");
  return true;
}

/// Of every map that a group norm looks at.
void checkGroups(const BitConfig& c, const JsonField& config) {
  std::vector<std::int64_t> widths{c.embedding};
  for (const BitConfig::Stage& stage : c.stages)
    widths.insert(widths.end(), {stage.width, stage.middle});
  for (const std::int64_t width : widths)
    if (width % c.groups != 0)
      throw config.error(
          fmt::format("num_groups: {} groups do not divide {} channels", c.groups, width));
}

}  // namespace

BitConfig BitConfig::read(const JsonField& config) {
  BitConfig c;
  c.channels = positiveSizeOr(config, "num_channels", 3);
  c.embedding = positiveSizeOr(config, "embedding_size", 64);
  c.groups = positiveSizeOr(config, "num_groups", 32);
  readStages(c, config);
  checkGroups(c, config);
  const auto layer = config.get<std::string>("layer_type", "preactivation");
  if (layer != "preactivation" && layer != "bottleneck")
    throw config["layer_type"].error("expected \"preactivation\" or \"bottleneck\"");
  c.layer = layer == "bottleneck" ? Layer::kBottleneck : Layer::kPreactivation;
  c.activation = config.get<std::string>("hidden_act", "relu");
  c.samePadding = readPadding(config);
  c.samePool = config.get("embedding_dynamic_padding", false);
  c.outStages = vision::outStages(config, numberedStages(c.stages.size()));
  c.labels = labelCount(config);
  return c;
}

ModelShape bitShape(const JsonField& config) {
  const auto c = BitConfig::read(config);
  ModelShape shape{.hidden = c.stages.back().width};
  for (const BitConfig::Stage& stage : c.stages) shape.layers += stage.depth;
  return shape;
}

}  // namespace orrery::models::vision
