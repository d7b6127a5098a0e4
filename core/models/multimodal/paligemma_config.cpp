#include "core/models/multimodal/paligemma_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::multimodal {

PaliGemmaConfig PaliGemmaConfig::read(const JsonField& config) {
  PaliGemmaConfig c;
  c.vision = VisionTowerConfig::readPart(config["vision_config"], "siglip_vision_model");
  const JsonField text = config["text_config"];
  c.text = text::readTextConfig(text, "gemma");
  text::setTied(c.text, config.get("tie_word_embeddings", true));
  c.imageToken =
      config.get("image_token_index", config.get("image_token_id", std::int64_t{256000}));
  c.projection = positiveSizeOr(config, "projection_dim", 2048);
  const auto hidden = text::shapeOf(c.text).hidden;
  if (c.projection != hidden)
    throw config["projection_dim"].error(
        fmt::format("expected the text model's hidden size {}, found {}", hidden, c.projection));
  if (auto* decoder = std::get_if<text::DecoderConfig>(&c.text)) {
    decoder->bothWays = false;  // its own blocks say what is read both ways
    decoder->logitSoftcap = 0;  // the reference's model passes Gemma 2's over
  }
  // Said by the parts; whether prompts are read both ways is told with each.
  for (const char* unused : {"hidden_size", "vocab_size", "_vocab_size", "ignore_index"})
    config.has(unused);
  for (const char* unused : {"num_image_tokens", "use_bidirectional_attention"}) text.has(unused);
  return c;
}

}  // namespace orrery::models::multimodal
