#include "core/models/speech/conformer_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::speech {
namespace {

using Positions = ConformerConfig::Positions;

Positions readPositions(const JsonField& config) {
  // Absent: the default; null: none.
  if (!config.json().contains("position_embeddings_type")) return Positions::kRelativeKey;
  const auto kind = config.get<std::string>("position_embeddings_type", "");
  if (kind.empty()) return Positions::kNone;
  if (kind == "rotary") return Positions::kRotary;
  if (kind == "relative") return Positions::kRelative;
  if (kind == "relative_key") return Positions::kRelativeKey;
  throw config["position_embeddings_type"].error(fmt::format(
      "expected \"rotary\", \"relative\", \"relative_key\" or null, found {}", quoted(kind)));
}

void readAdapter(ConformerConfig& c, const JsonField& config) {
  c.adapter.hidden = positiveSizeOr(config, "output_hidden_size", c.hidden);
  c.adapter.kernel = positiveSizeOr(config, "adapter_kernel_size", 3, 1 << 20);
  c.adapter.stride = positiveSizeOr(config, "adapter_stride", 2, 1 << 20);
  c.adapter.activation = config.get<std::string>("adapter_act", "relu");
  if (c.adapter.hidden % c.attentionHeads != 0)
    throw config["output_hidden_size"].error(
        fmt::format("{} is not a multiple of the {} heads", c.adapter.hidden, c.attentionHeads));
  if (config.get("add_adapter", false))
    c.adapter.layers = positiveSizeOr(config, "num_adapter_layers", 1, kMaxLayers);
}

}  // namespace

ConformerConfig ConformerConfig::read(const JsonField& config) {
  ConformerConfig c;
  c.hidden = positiveSizeOr(config, "hidden_size", c.hidden);
  c.layers = positiveSizeOr(config, "num_hidden_layers", c.layers, kMaxLayers);
  c.attentionHeads = positiveSizeOr(config, "num_attention_heads", c.attentionHeads);
  c.ffn = positiveSizeOr(config, "intermediate_size", c.ffn);
  c.features = positiveSizeOr(config, "feature_projection_input_dim", c.features);
  if (c.hidden % c.attentionHeads != 0)
    throw config.error(fmt::format("the hidden size {} is not a multiple of the {} heads", c.hidden,
                                   c.attentionHeads));
  c.normEps = config.get("layer_norm_eps", c.normEps);
  c.activation = config.get<std::string>("hidden_act", "swish");
  c.kernel = positiveSizeOr(config, "conv_depthwise_kernel_size", c.kernel, 1 << 20);
  c.positions = readPositions(config);
  c.rotaryBase = config.get("rotary_embedding_base", c.rotaryBase);
  c.left = positiveSizeOr(config, "left_max_position_embeddings", c.left, 1 << 20);
  c.right = positiveSizeOr(config, "right_max_position_embeddings", c.right, 1 << 20);
  c.maskToken = config.get("mask_time_prob", 0.05) > 0 || config.get("mask_feature_prob", 0.0) > 0;
  c.intermediate = config.get("use_intermediate_ffn_before_adapter", false);
  readAdapter(c, config);
  c.heads = HeadsConfig::read(config, c.hidden, c.layers, c.adapter.layers ? c.adapter.hidden : 0);
  c.heads.projected = positiveSizeOr(config, "classifier_proj_size", 768);
  return c;
}

ModelShape conformerShape(const JsonField& config) {
  const auto c = ConformerConfig::read(config);
  return {.hidden = c.hidden,
          .heads = c.attentionHeads,
          .kvHeads = c.attentionHeads,
          .headDim = c.hidden / c.attentionHeads,
          .ffn = c.ffn,
          .layers = c.layers};
}

}  // namespace orrery::models::speech
