#include "core/models/multimodal/two_tower_config.h"

#include <algorithm>
#include <cmath>

#include "core/models/config_fields.h"
#include "core/models/multimodal/blip2_config.h"
#include "core/models/multimodal/blip_config.h"
#include "core/models/multimodal/idefics3_config.h"
#include "core/models/multimodal/llava_config.h"
#include "core/models/multimodal/paligemma_config.h"
#include "core/models/multimodal/qwen2_vl_config.h"
#include "core/models/multimodal/vision_encoder_decoder_config.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::multimodal {
namespace {

/// The sizes that most have.
StackConfig base() {
  return {.hidden = 768, .heads = 12, .ffn = 3072, .layers = 12};
}

/// What transformers takes where a config is silent.
StackConfig defaults(StackConfig sizes, double normEps, const char* activation) {
  sizes.normEps = normEps;
  sizes.activation = activation;
  return sizes;
}

StackConfig textDefaults(TowerKind kind) {
  if (kind == TowerKind::kClip)
    return defaults({.hidden = 512, .heads = 8, .ffn = 2048, .layers = 12}, 1e-5, "quick_gelu");
  return defaults(base(), 1e-6, "gelu_pytorch_tanh");
}

StackConfig visionDefaults(TowerKind kind) {
  if (kind == TowerKind::kClip) return defaults(base(), 1e-5, "quick_gelu");
  if (kind == TowerKind::kBlip) return defaults(base(), 1e-5, "gelu");
  if (kind == TowerKind::kIdefics3)
    return defaults({.hidden = 1152, .heads = 16, .ffn = 3072, .layers = 12}, 1e-6,
                    "gelu_pytorch_tanh");
  return defaults(base(), 1e-6, "gelu_pytorch_tanh");
}

void readStack(StackConfig& c, const JsonField& config, const StackConfig& otherwise) {
  c.hidden = positiveSizeOr(config, "hidden_size", otherwise.hidden);
  c.heads = positiveSizeOr(config, "num_attention_heads", otherwise.heads);
  c.ffn = positiveSizeOr(config, "intermediate_size", otherwise.ffn);
  c.layers = positiveSizeOr(config, "num_hidden_layers", otherwise.layers);
  c.normEps = config.get("layer_norm_eps", otherwise.normEps);
  c.activation = config.get("hidden_act", otherwise.activation);
  if (c.layers > kMaxLayers)
    throw config["num_hidden_layers"].error(
        fmt::format("expected at most {} layers, found {}", kMaxLayers, c.layers));
  if (c.hidden % c.heads != 0)
    throw config.error(
        fmt::format("the hidden size {} is not a multiple of the {} heads", c.hidden, c.heads));
}

/// The size of pictures, in patches that are known already.
void readGrid(VisionTowerConfig& c, const JsonField& config, std::int64_t otherwise) {
  c.imageSize = positiveSizeOr(config, "image_size", otherwise);
  c.grid = c.imageSize / c.patch;
  if (c.grid < 1 || c.imageSize > vision::kMaxImageSide)
    throw config.error(
        fmt::format("pictures of {} pixels in patches of {}: expected a patch of at most the "
                    "size, and that at most {}",
                    c.imageSize, c.patch, vision::kMaxImageSide));
}

ModelShape shapeOf(const StackConfig& c) {
  return {.hidden = c.hidden,
          .heads = c.heads,
          .kvHeads = c.heads,
          .headDim = c.hidden / c.heads,
          .ffn = c.ffn,
          .layers = c.layers,
          .windows = {}};
}

ModelShape visionShape(const JsonField& config, TowerKind kind) {
  return shapeOf(VisionTowerConfig::read(config, kind));
}

ModelShape textShape(const JsonField& config, TowerKind kind) {
  const auto c = TextTowerConfig::read(config, kind);
  ModelShape shape = shapeOf(c);
  shape.vocab = c.vocab;
  shape.maxPositions = c.maxPositions;
  return shape;
}

/// Both towers run after each other: the greater one decides what a pass takes.
ModelShape twoTowerShape(const JsonField& config) {
  const auto type = twoTowerTypes().at(config.require<std::string>("model_type"));
  if (type.holds == TwoTowerType::Holds::kVision) return visionShape(config, type.kind);
  if (type.holds == TwoTowerType::Holds::kText) return textShape(config, type.kind);
  positiveSizeOr(config, "projection_dim", 512);
  labelCount(config);
  const ModelShape text = textShape(partOf(config, "text_config"), type.kind);
  ModelShape shape = visionShape(partOf(config, "vision_config"), type.kind);
  shape.vocab = text.vocab;
  shape.maxPositions = text.maxPositions;
  return shape;
}

ModelShape blipShape(const JsonField& config) {
  const auto c = BlipConfig::read(config);
  ModelShape shape = shapeOf(c.vision);
  shape.vocab = c.text.vocab;
  shape.maxPositions = c.text.maxPositions;
  return shape;
}

/// What writes about pictures is the text model: it decides what a pass takes, and what is kept.
template <class Config>
ModelShape textShapeOf(const JsonField& config) {
  return text::shapeOf(Config::read(config).text);
}

}  // namespace

JsonField partOf(const JsonField& config, const std::string& key) {
  static const Json kEmpty = Json::object();
  // Older files state the part twice; transformers then takes the whole second one.
  for (const std::string& name : {key + "_dict", key})
    if (const auto part = config.find(name)) {
      config.has(key);
      return *part;
    }
  return {kEmpty, config.name() + ": " + key};
}

TextTowerConfig TextTowerConfig::read(const JsonField& config, TowerKind kind) {
  const bool clip = kind == TowerKind::kClip;
  TextTowerConfig c;
  c.kind = kind;
  config.has("model_type");
  readStack(c, config, textDefaults(kind));
  c.vocab = positiveSizeOr(config, "vocab_size", clip ? 49408 : 32000);
  c.maxPositions = positiveSizeOr(config, "max_position_embeddings", clip ? 77 : 64);
  c.projection = clip ? positiveSizeOr(config, "projection_dim", 512)
                      : positiveSizeOr(config, "projection_size", c.hidden);
  c.endToken = clip ? config.get("eos_token_id", std::int64_t{49407}) : 0;
  return c;
}

VisionTowerConfig VisionTowerConfig::read(const JsonField& config, TowerKind kind) {
  VisionTowerConfig c;
  c.kind = kind;
  config.has("model_type");
  readStack(c, config, visionDefaults(kind));
  const bool siglip = kind == TowerKind::kSiglip || kind == TowerKind::kSiglip2;
  const bool large = kind == TowerKind::kClip || kind == TowerKind::kIdefics3;
  c.patch = positiveSizeOr(config, "patch_size", large ? 32 : 16);
  if (kind == TowerKind::kSiglip2) {
    const auto patches = positiveSizeOr(config, "num_patches", 256);
    c.grid = static_cast<std::int64_t>(std::sqrt(static_cast<double>(patches)));
    if (c.grid * c.grid != patches)
      throw config["num_patches"].error(fmt::format("expected a square number, found {}", patches));
  } else {
    readGrid(c, config, kind == TowerKind::kBlip ? 384 : 224);
  }
  if (kind != TowerKind::kBlip) c.channels = positiveSizeOr(config, "num_channels", 3);
  if (kind == TowerKind::kClip || kind == TowerKind::kBlip)
    c.projection = positiveSizeOr(config, "projection_dim", 512);
  c.attentionPool = siglip && config.get("vision_use_head", true);
  return c;
}

VisionTowerConfig VisionTowerConfig::readBlip2(const JsonField& config) {
  VisionTowerConfig c;
  c.kind = TowerKind::kBlip;
  config.has("model_type");
  const StackConfig sizes{.hidden = 1408, .heads = 16, .ffn = 6144, .layers = 39};
  readStack(c, config, defaults(sizes, 1e-6, "gelu"));
  c.patch = positiveSizeOr(config, "patch_size", 14);
  readGrid(c, config, 224);
  c.qkvBias = config.get("qkv_bias", true);
  return c;
}

VisionTowerConfig VisionTowerConfig::readPart(const JsonField& config,
                                              const std::string& otherwise) {
  const std::string type = config.get("model_type", otherwise);
  if (type != "clip_vision_model" && type != "siglip_vision_model")
    throw config["model_type"].error(
        fmt::format("{} is not supported here; expected clip_vision_model or siglip_vision_model",
                    quoted(type)));
  // What older files repeat here of the whole.
  for (const char* unused :
       {"num_image_tokens", "projection_dim", "projector_hidden_act", "vocab_size"})
    config.has(unused);
  return read(config, twoTowerTypes().at(type).kind);
}

const std::map<std::string, TwoTowerType>& twoTowerTypes() {
  using Holds = TwoTowerType::Holds;
  static const std::map<std::string, TwoTowerType> table{
      {"clip", {TowerKind::kClip, Holds::kBoth}},
      {"clip_text_model", {TowerKind::kClip, Holds::kText}},
      {"clip_vision_model", {TowerKind::kClip, Holds::kVision}},
      {"idefics3_vision", {TowerKind::kIdefics3, Holds::kVision}},
      {"smolvlm_vision", {TowerKind::kIdefics3, Holds::kVision}},
      {"siglip", {TowerKind::kSiglip, Holds::kBoth}},
      {"siglip_text_model", {TowerKind::kSiglip, Holds::kText}},
      {"siglip_vision_model", {TowerKind::kSiglip, Holds::kVision}},
      {"siglip2", {TowerKind::kSiglip2, Holds::kBoth}},
      {"siglip2_text_model", {TowerKind::kSiglip2, Holds::kText}},
      {"siglip2_vision_model", {TowerKind::kSiglip2, Holds::kVision}}};
  return table;
}

void addShapes(std::map<std::string, ReadShape>& table) {
  for (const auto& [name, type] : twoTowerTypes()) table[name] = twoTowerShape;
  table["blip"] = blipShape;
  table["llava"] = textShapeOf<LlavaConfig>;
  table["paligemma"] = textShapeOf<PaliGemmaConfig>;
  table["idefics3"] = table["smolvlm"] = textShapeOf<Idefics3Config>;
  table["qwen2_vl"] = textShapeOf<Qwen2VlConfig>;
  table["blip-2"] = blip2Shape;
  table["vision-encoder-decoder"] = visionEncoderDecoderShape;
}

}  // namespace orrery::models::multimodal
