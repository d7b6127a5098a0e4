#include "core/models/multimodal/llava_config.h"

namespace orrery::models::multimodal {
namespace {

/// vision_feature_layer, one number or several, counted from the end where below 0.
std::vector<std::int64_t> featureLayers(const JsonField& config, std::int64_t count) {
  std::vector<std::int64_t> layers{-2};
  const auto field = config.find("vision_feature_layer");
  if (field && field->json().is_array())
    layers = field->as<std::vector<std::int64_t>>();
  else if (field)
    layers = {field->as<std::int64_t>()};
  if (layers.empty() || layers.size() > 64)
    throw field->error(fmt::format("expected 1 to 64 layers, found {}", layers.size()));
  for (std::int64_t& layer : layers) {
    if (layer < -(count + 1) || layer > count)
      throw config.error(fmt::format("vision_feature_layer: expected {} to {}, found {}",
                                     -(count + 1), count, layer));
    if (layer < 0) layer += count + 1;
  }
  return layers;
}

}  // namespace

LlavaConfig LlavaConfig::read(const JsonField& config) {
  LlavaConfig c;
  c.vision = VisionTowerConfig::readPart(config["vision_config"], "clip_vision_model");
  c.text = text::readTextConfig(config["text_config"], "llama");
  if (config.get("tie_word_embeddings", false)) text::setTied(c.text, true);
  c.imageToken = config.get("image_token_index", config.get("image_token_id", std::int64_t{32000}));
  c.layers = featureLayers(config, c.vision.layers);
  const auto strategy = config.get<std::string>("vision_feature_select_strategy", "default");
  if (strategy != "default" && strategy != "full")
    throw config["vision_feature_select_strategy"].error("expected default or full, found " +
                                                         quoted(strategy));
  c.dropsFirst = strategy == "default";
  c.activation = config.get<std::string>("projector_hidden_act", "gelu");
  c.projectorBias = config.get("multimodal_projector_bias", true);
  // Of the processor, of training, and of the text model.
  for (const char* unused : {"image_seq_length", "ignore_index", "vocab_size"}) config.has(unused);
  return c;
}

}  // namespace orrery::models::multimodal
