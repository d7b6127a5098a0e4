#include "core/models/multimodal/blip2_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::multimodal {
namespace {

QFormerConfig readQFormer(const JsonField& config, std::int64_t visionHidden) {
  QFormerConfig c;
  text::EncoderConfig& e = c.encoder;
  // transformers overwrites the second with the size of the vision tower.
  for (const char* unused : {"model_type", "encoder_hidden_size"}) config.has(unused);
  e.modelType = "blip_2_qformer";
  e.names = text::bertNames("");
  e.names.query = "attention.attention.query";
  e.names.key = "attention.attention.key";
  e.names.value = "attention.attention.value";
  e.hidden = e.embeddingDim = positiveSizeOr(config, "hidden_size", 768);
  e.heads = positiveSizeOr(config, "num_attention_heads", 12);
  e.ffn = positiveSizeOr(config, "intermediate_size", 3072);
  e.layers = positiveSizeOr(config, "num_hidden_layers", 12, kMaxLayers);
  e.vocab = positiveSizeOr(config, "vocab_size", 30522);
  e.maxPositions = positiveSizeOr(config, "max_position_embeddings", 512);
  e.normEps = config.get("layer_norm_eps", 1e-12);
  e.activation = config.get<std::string>("hidden_act", "gelu");
  e.crossHidden = visionHidden;
  c.crossEvery = positiveSizeOr(config, "cross_attention_frequency", 2);
  c.readsText = config.get("use_qformer_text_input", false);
  if (e.hidden % e.heads != 0)
    throw config.error(
        fmt::format("the hidden size {} is not a multiple of the {} heads", e.hidden, e.heads));
  return c;
}

}  // namespace

Blip2Config Blip2Config::read(const JsonField& config) {
  Blip2Config c;
  c.vision = VisionTowerConfig::readBlip2(partOf(config, "vision_config"));
  c.qformer = readQFormer(partOf(config, "qformer_config"), c.vision.hidden);
  c.qformer.queries = positiveSizeOr(config, "num_query_tokens", 32, 65'536);
  c.projection = positiveSizeOr(config, "image_text_hidden_size", 256);
  for (const char* name : {"image_token_index", "image_token_id"})
    if (const auto token = config.find(name)) c.imageToken = token->as<std::int64_t>();
  // Both follow from the text model.
  for (const char* unused : {"use_decoder_only_language_model", "tie_word_embeddings"})
    config.has(unused);
  return c;
}

std::variant<text::TextConfig, text::T5Config> readBlip2Text(const JsonField& config) {
  const JsonField part = partOf(config, "text_config");
  if (part.get<std::string>("model_type", "opt") == "t5") return text::T5Config::read(part);
  return text::readTextConfig(part, "opt");
}

ModelShape blip2Shape(const JsonField& config) {
  Blip2Config::read(config);
  const JsonField part = partOf(config, "text_config");
  if (part.get<std::string>("model_type", "opt") == "t5") return shapeOfPart(part);
  return text::shapeOf(text::readTextConfig(part, "opt"));
}

}  // namespace orrery::models::multimodal
