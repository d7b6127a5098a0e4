#include "core/models/speech/clap_config.h"

#include <algorithm>

#include "core/models/config_fields.h"
#include "core/models/speech/heads_config.h"

namespace orrery::models::speech {
namespace {

void readSwin(vision::SwinConfig& c, const JsonField& config) {
  c.modelType = "clap_audio_model";
  c.patch = vision::sizeField(config, "patch_size", 4);
  c.channels = 1;
  if (positiveSizeOr(config, "patch_embed_input_channels", 1) != 1)
    throw config["patch_embed_input_channels"].error("expected 1");
  c.embedDim = positiveSizeOr(config, "patch_embeds_hidden_size", 96, 1 << 20);
  c.window = positiveSizeOr(config, "window_size", 8, 1 << 12);
  c.depths = convolutionSizes(config, "depths", {2, 2, 6, 2}, 0, kMaxLayers);
  if (c.depths.size() > vision::kMaxStages)
    throw config["depths"].error(fmt::format("expected at most {} stages", vision::kMaxStages));
  c.heads = convolutionSizes(config, "num_attention_heads", {4, 8, 16, 32}, c.depths.size());
  for (std::size_t i = 0; i < c.depths.size(); ++i)
    if (c.width(i) % c.heads[i] != 0)
      throw config.error(
          fmt::format("num_attention_heads: {} heads do not divide the {} channels of stage {}",
                      c.heads[i], c.width(i), i));
  c.mlpRatio = config.get("mlp_ratio", 4.0);
  c.normEps = config.get("layer_norm_eps", 1e-5);
  c.qkvBias = config.get("qkv_bias", true);
  c.activation = config.get<std::string>("hidden_act", "gelu");
}

ClapAudioConfig readAudio(const JsonField& config) {
  ClapAudioConfig c;
  readSwin(c.swin, config);
  c.mels = positiveSizeOr(config, "num_mel_bins", c.mels, vision::kMaxImageSide);
  c.side = positiveSizeOr(config, "spec_size", c.side, vision::kMaxImageSide);
  const vision::Size stride = vision::sizeField(config, "patch_stride", 4);
  c.stride = {stride.height, stride.width};
  if (c.side % c.mels != 0)
    throw config.error(fmt::format("spec_size {} is not a multiple of the {} bins of num_mel_bins",
                                   c.side, c.mels));
  if (c.swin.patch.height < stride.height || c.swin.patch.width < stride.width)
    throw config["patch_stride"].error("expected no more than patch_size");
  c.patchNorm = config.get("enable_patch_layer_norm", true);
  c.fusion = config.get("enable_fusion", false);
  const auto kind = config.get<std::string>("fusion_type", "aff_2d");
  if (c.fusion && kind != "aff_2d")
    throw config["fusion_type"].error(
        fmt::format("{} is not supported; expected \"aff_2d\"", quoted(kind)));
  c.fusionRatio = positiveSizeOr(config, "aff_block_r", c.fusionRatio, c.swin.embedDim);
  c.pooled = positiveSizeOr(config, "hidden_size", c.pooled);
  if (c.pooled != c.swin.features())
    throw config.error(fmt::format("hidden_size {} is not the width {} of the last stage", c.pooled,
                                   c.swin.features()));
  return c;
}

}  // namespace

ClapConfig ClapConfig::read(const JsonField& config) {
  ClapConfig c;
  c.text = text::EncoderConfig::read(config["text_config"]);
  c.audio = readAudio(config["audio_config"]);
  c.projection = positiveSizeOr(config, "projection_dim", c.projection);
  c.projectionActivation = config.get<std::string>("projection_hidden_act", "relu");
  return c;
}

ModelShape clapShape(const JsonField& config) {
  return text::shapeOf(ClapConfig::read(config).text);
}

}  // namespace orrery::models::speech
