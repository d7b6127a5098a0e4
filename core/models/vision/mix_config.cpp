#include "core/models/vision/mix_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::vision {
namespace {

/// The numbers of `key`, one for each of `count` stages.
std::vector<std::int64_t> perStage(const JsonField& config, const char* key,
                                   std::vector<std::int64_t> otherwise, std::size_t count,
                                   std::int64_t most = 65'536) {
  auto numbers = stageNumbers(config, key, std::move(otherwise), 1, most);
  if (numbers.size() < count)
    throw config.error(fmt::format("{}: expected a number for each of the {} stages, found {}", key,
                                   count, numbers.size()));
  return numbers;
}

std::vector<MixConfig::Stage> readStages(const JsonField& config) {
  const auto count = static_cast<std::size_t>(
      config.has("num_encoder_blocks") ? positiveSize(config, "num_encoder_blocks", kMaxStages)
                                       : 4);
  const auto depths = perStage(config, "depths", {2, 2, 2, 2}, count, kMaxLayers);
  const auto hidden = perStage(config, "hidden_sizes", {32, 64, 160, 256}, count);
  const auto heads = perStage(config, "num_attention_heads", {1, 2, 5, 8}, count);
  const auto ratios = perStage(config, "mlp_ratios", {4, 4, 4, 4}, count);
  const auto patches = perStage(config, "patch_sizes", {7, 3, 3, 3}, count);
  const auto strides = perStage(config, "strides", {4, 2, 2, 2}, count);
  const auto reductions = perStage(config, "sr_ratios", {8, 4, 2, 1}, count);
  std::vector<MixConfig::Stage> stages;
  for (std::size_t i = 0; i < count; ++i) {
    if (hidden[i] % heads[i] != 0)
      throw config.error(fmt::format(
          "hidden_sizes: {} is not a multiple of the {} heads of its stage", hidden[i], heads[i]));
    stages.push_back({.depth = depths[i],
                      .hidden = hidden[i],
                      .heads = heads[i],
                      .ffn = hidden[i] * ratios[i],
                      .patch = patches[i],
                      .stride = strides[i],
                      .reduction = reductions[i]});
  }
  return stages;
}

}  // namespace

MixConfig MixConfig::read(const JsonField& config) {
  MixConfig c;
  c.modelType = config.require<std::string>("model_type");
  c.channels = positiveSizeOr(config, "num_channels", 3);
  c.stages = readStages(config);
  c.activation = config.get<std::string>("hidden_act", "gelu");
  config.find("layer_norm_eps");  // known, and left aside as transformers does
  if (c.modelType == "segformer") {
    c.decoderHidden = positiveSizeOr(config, "decoder_hidden_size", 256);
    c.mapAtEnd = config.get("reshape_last_stage", true);
    c.labels = labelCount(config);
    return c;
  }
  c.decoderHidden = positiveSizeOr(config, "decoder_hidden_size", 64);
  c.maxDepth = config.get("max_depth", 10.0);
  const auto count = static_cast<std::int64_t>(c.stages.size());
  const auto index = config.get("head_in_index", std::int64_t{-1});
  if (index < -count || index >= count)
    throw config["head_in_index"].error(fmt::format("there are {} stages, found {}", count, index));
  c.headIndex = index < 0 ? index + count : index;
  return c;
}

ModelShape mixShape(const JsonField& config) {
  const auto c = MixConfig::read(config);
  const MixConfig::Stage& last = c.stages.back();
  ModelShape shape{.hidden = last.hidden,
                   .heads = last.heads,
                   .kvHeads = last.heads,
                   .headDim = last.hidden / last.heads,
                   .ffn = last.ffn};
  for (const auto& stage : c.stages) shape.layers += stage.depth;
  return shape;
}

}  // namespace orrery::models::vision
