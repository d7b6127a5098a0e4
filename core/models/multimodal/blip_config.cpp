#include "core/models/multimodal/blip_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::multimodal {
namespace {

text::EncoderConfig readText(const JsonField& config, std::int64_t visionHidden) {
  text::EncoderConfig c;
  config.has("model_type");
  c.modelType = "blip_text_model";
  c.names = text::bertNames("bert");
  c.hidden = c.embeddingDim = positiveSizeOr(config, "hidden_size", 768);
  c.heads = positiveSizeOr(config, "num_attention_heads", 8);
  c.ffn = positiveSizeOr(config, "intermediate_size", 3072);
  c.layers = positiveSizeOr(config, "num_hidden_layers", 12);
  c.vocab = positiveSizeOr(config, "vocab_size", 30524);
  c.maxPositions = positiveSizeOr(config, "max_position_embeddings", 512);
  c.normEps = config.get("layer_norm_eps", 1e-12);
  c.activation = c.headActivation = config.get<std::string>("hidden_act", "gelu");
  c.pooler = true;
  c.tied = config.get("tie_word_embeddings", true);
  // transformers overwrites the first with the size of the vision tower, and projects to the
  // projection_dim of the whole.
  for (const char* unused : {"encoder_hidden_size", "projection_dim"}) config.has(unused);
  c.crossHidden = config.get("is_decoder", true) ? visionHidden : 0;
  if (c.layers > kMaxLayers || c.hidden % c.heads != 0)
    throw config.error(fmt::format(
        "expected at most {} layers, and a hidden size that the heads divide; found {} layers, a "
        "hidden size of {} and {} heads",
        kMaxLayers, c.layers, c.hidden, c.heads));
  return c;
}

}  // namespace

BlipConfig BlipConfig::read(const JsonField& config) {
  BlipConfig c;
  c.vision = VisionTowerConfig::read(partOf(config, "vision_config"), TowerKind::kBlip);
  c.text = readText(partOf(config, "text_config"), c.vision.hidden);
  c.projection = positiveSizeOr(config, "projection_dim", 512);
  // The text part's counts; retrieval compares by its matching head, not by projections.
  for (const char* unused : {"tie_word_embeddings", "image_text_hidden_size"}) config.has(unused);
  return c;
}

}  // namespace orrery::models::multimodal
