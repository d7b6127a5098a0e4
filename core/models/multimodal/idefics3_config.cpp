#include "core/models/multimodal/idefics3_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::multimodal {

Idefics3Config Idefics3Config::read(const JsonField& config) {
  Idefics3Config c;
  c.vision = VisionTowerConfig::read(partOf(config, "vision_config"), TowerKind::kIdefics3);
  c.text = text::readTextConfig(config["text_config"], "llama");
  text::setTied(c.text, config.get("tie_word_embeddings", false));
  c.imageToken = config.get("image_token_id", std::int64_t{128257});
  c.scale = positiveSizeOr(config, "scale_factor", 2);
  if (c.scale > c.vision.grid)
    throw config["scale_factor"].error(fmt::format(
        "expected at most the {} patches along a picture, found {}", c.vision.grid, c.scale));
  // The text model's count, and notes of old files.
  for (const char* unused : {"vocab_size", "image_seq_len"}) config.has(unused);
  return c;
}

}  // namespace orrery::models::multimodal
