#include "core/models/vision/sam_config.h"

#include <algorithm>

#include "core/models/config_fields.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {
namespace {

/// The member `key` of `config`; a part that is absent has all its defaults.
JsonField part(const JsonField& config, std::string_view key) {
  static const Json nothing = Json::object();
  JsonField found = config.find(key).value_or(JsonField(nothing, config.name()));
  found.find("model_type");  // the name of the part, where it has one
  return found;
}

/// A picture of one size for height and width.
std::int64_t side(const JsonField& config, std::string_view key, std::int64_t otherwise) {
  const Size size = sizeField(config, key, otherwise);
  if (size.height != size.width)
    throw config[key].error("only squares are supported, as in the reference");
  return size.height;
}

SamPromptConfig readPrompt(const JsonField& config) {
  SamPromptConfig c;
  c.hidden = positiveSizeOr(config, "hidden_size", c.hidden);
  c.imageSize = side(config, "image_size", c.imageSize);
  c.patch = side(config, "patch_size", c.patch);
  c.maskChannels = positiveSizeOr(config, "mask_input_channels", c.maskChannels);
  c.normEps = config.get("layer_norm_eps", c.normEps);
  c.activation = config.get<std::string>("hidden_act", "gelu");
  config.find("image_embedding_size");  // the quotient of the two sizes, whatever it says
  if (c.maskChannels % 4 != 0)
    throw config["mask_input_channels"].error("expected a multiple of 4");
  if (config.get("num_point_embeddings", std::int64_t{4}) != 4)
    throw config["num_point_embeddings"].error(
        "expected 4: background, foreground and the two corners of a box");
  return c;
}

SamMaskConfig readMask(const JsonField& config) {
  SamMaskConfig c;
  c.hidden = positiveSizeOr(config, "hidden_size", c.hidden);
  c.layers = positiveSizeOr(config, "num_hidden_layers", c.layers);
  c.heads = positiveSizeOr(config, "num_attention_heads", c.heads);
  c.ffn = positiveSizeOr(config, "mlp_dim", c.ffn);
  c.downsample = positiveSizeOr(config, "attention_downsample_rate", c.downsample);
  c.masks = positiveSizeOr(config, "num_multimask_outputs", c.masks);
  c.scoreLayers = positiveSizeOr(config, "iou_head_depth", c.scoreLayers);
  c.scoreHidden = positiveSizeOr(config, "iou_head_hidden_dim", c.scoreHidden);
  c.normEps = config.get("layer_norm_eps", c.normEps);
  c.activation = config.get<std::string>("hidden_act", "relu");
  if (std::max({c.layers, c.masks, c.scoreLayers}) > kMaxLayers)
    throw config.error(fmt::format("more than {} layers, masks or head layers", kMaxLayers));
  if (c.hidden % (c.downsample * c.heads) != 0 || c.hidden % 8 != 0)
    throw config["hidden_size"].error(
        fmt::format("expected a multiple of 8 and of the {} heads times the downsampling by {}",
                    c.heads, c.downsample));
  return c;
}

}  // namespace

SamVisionConfig SamVisionConfig::read(const JsonField& config) {
  SamVisionConfig c;
  c.hidden = positiveSizeOr(config, "hidden_size", c.hidden);
  c.layers = positiveSizeOr(config, "num_hidden_layers", c.layers);
  c.heads = positiveSizeOr(config, "num_attention_heads", c.heads);
  const double ffn = static_cast<double>(c.hidden) * config.get("mlp_ratio", 4.0);
  c.ffn = positiveSizeOr(config, "mlp_dim", static_cast<std::int64_t>(std::clamp(ffn, 1., 1e9)));
  c.channels = positiveSizeOr(config, "num_channels", c.channels);
  c.outChannels = positiveSizeOr(config, "output_channels", c.outChannels);
  c.imageSize = side(config, "image_size", c.imageSize);
  c.patch = side(config, "patch_size", c.patch);
  c.window = config.get("window_size", c.window);
  const auto global = config.get("global_attn_indexes", std::vector<std::int64_t>{2, 5, 8, 11});
  c.globalLayers = {global.begin(), global.end()};
  c.positionFeatures = positiveSizeOr(config, "num_pos_feats", c.positionFeatures);
  c.normEps = config.get("layer_norm_eps", c.normEps);
  c.activation = config.get<std::string>("hidden_act", "gelu");
  c.qkvBias = config.get("qkv_bias", true);
  c.absolutePositions = config.get("use_abs_pos", true);
  c.relativePositions = config.get("use_rel_pos", true);
  if (c.layers > kMaxLayers)
    throw config["num_hidden_layers"].error(fmt::format("expected at most {}", kMaxLayers));
  if (c.hidden % c.heads != 0)
    throw config.error(
        fmt::format("the hidden size {} is not a multiple of the {} heads", c.hidden, c.heads));
  if (c.patch > c.imageSize || c.window < 0 || c.window > kMaxImageSide)
    throw config.error("patches and windows must fit into the picture");
  return c;
}

SamConfig SamConfig::read(const JsonField& config) {
  SamConfig c{SamVisionConfig::read(part(config, "vision_config")),
              readPrompt(part(config, "prompt_encoder_config")),
              readMask(part(config, "mask_decoder_config")),
              config.get("tie_word_embeddings", true)};
  const bool fits = c.vision.outChannels == c.prompt.hidden && c.prompt.hidden == c.mask.hidden &&
                    2 * c.vision.positionFeatures == c.prompt.hidden &&
                    c.vision.grid() == c.prompt.grid();
  if (!fits)
    throw config.error(fmt::format(
        "the parts do not fit together: the picture's embedding has {} channels of {} patches, "
        "prompts have {} of {}, positions {}, the mask decoder {}",
        c.vision.outChannels, c.vision.grid(), c.prompt.hidden, c.prompt.grid(),
        2 * c.vision.positionFeatures, c.mask.hidden));
  return c;
}

namespace {

ModelShape shapeOf(const SamVisionConfig& c) {
  return {.hidden = c.hidden,
          .heads = c.heads,
          .kvHeads = c.heads,
          .headDim = c.hidden / c.heads,
          .ffn = c.ffn,
          .layers = c.layers,
          .windows = {}};
}

}  // namespace

ModelShape samShape(const JsonField& config) {
  return shapeOf(SamConfig::read(config).vision);
}

ModelShape samVisionShape(const JsonField& config) {
  return shapeOf(SamVisionConfig::read(config));
}

}  // namespace orrery::models::vision
