#include "core/models/multimodal/qwen2_vl_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::multimodal {

Qwen2VlVisionConfig Qwen2VlVisionConfig::read(const JsonField& config) {
  Qwen2VlVisionConfig c;
  c.stack.hidden = positiveSizeOr(config, "embed_dim", 1280);
  c.stack.heads = positiveSizeOr(config, "num_heads", 16);
  c.stack.layers = positiveSizeOr(config, "depth", 32);
  c.stack.ffn = c.stack.hidden * positiveSizeOr(config, "mlp_ratio", 4);
  c.stack.normEps = 1e-6;
  c.stack.activation = config.get<std::string>("hidden_act", "quick_gelu");
  c.channels = positiveSizeOr(config, "in_channels", 3);
  c.patch = positiveSizeOr(config, "patch_size", 14);
  c.frames = positiveSizeOr(config, "temporal_patch_size", 2);
  c.merge = config.has("spatial_merge_size") ? positiveSize(config, "spatial_merge_size", 1024) : 2;
  c.out = positiveSizeOr(config, "hidden_size", 3584);
  if (const auto rope = config.find("rope_parameters")) {
    c.theta = rope->get("rope_theta", c.theta);
    const auto type = rope->get<std::string>("rope_type", "axial");
    if (type != "axial") throw(*rope)["rope_type"].error("expected axial, found " + quoted(type));
  }
  if (c.stack.layers > kMaxLayers || c.stack.hidden % c.stack.heads != 0 ||
      c.stack.hidden / c.stack.heads % 4 != 0)
    throw config.error(fmt::format(
        "expected at most {} layers and heads of a multiple of 4; found {} layers, a width of {} "
        "and {} heads",
        kMaxLayers, c.stack.layers, c.stack.hidden, c.stack.heads));
  for (const char* unused : {"model_type", "in_chans", "spatial_patch_size"}) config.has(unused);
  return c;
}

Qwen2VlConfig Qwen2VlConfig::read(const JsonField& config) {
  Qwen2VlConfig c;
  c.vision = Qwen2VlVisionConfig::read(partOf(config, "vision_config"));
  // Files from before transformers 4.52 have the text model's fields beside those of the whole.
  const auto part = config.find("text_config");
  c.text = text::DecoderConfig::readPart(part ? *part : config, "qwen2_vl_text");
  if (part) part->has("model_type");
  c.text.tied = c.text.tied || config.get("tie_word_embeddings", false);
  if (c.vision.out != c.text.hidden)
    throw config["vision_config"].error(fmt::format(
        "hidden_size: expected the text model's {}, found {}", c.text.hidden, c.vision.out));
  c.imageToken = config.get("image_token_id", std::int64_t{151655});
  c.videoToken = config.get("video_token_id", std::int64_t{151656});
  for (const char* unused : {"vision_start_token_id", "vision_end_token_id", "vision_token_id"})
    config.has(unused);
  return c;
}

}  // namespace orrery::models::multimodal
