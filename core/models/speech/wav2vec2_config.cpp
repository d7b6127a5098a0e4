#include "core/models/speech/wav2vec2_config.h"

#include <map>

#include "core/models/config_fields.h"

namespace orrery::models::speech {
namespace {

const std::map<std::string, const char*>& bases() {
  static const std::map<std::string, const char*> table{{"data2vec-audio", "data2vec_audio"},
                                                        {"hubert", "hubert"},
                                                        {"wav2vec2", "wav2vec2"},
                                                        {"wavlm", "wavlm"}};
  return table;
}

void readQuantizer(Wav2Vec2Config& c, const JsonField& config) {
  c.codeGroups = positiveSizeOr(config, "num_codevector_groups", c.codeGroups);
  c.codes = positiveSizeOr(config, "num_codevectors_per_group", c.codes);
  c.codeWidth = positiveSizeOr(config, "codevector_dim", c.codeWidth);
  c.codeProjected = positiveSizeOr(config, "proj_codevector_dim", c.codeProjected);
  if (c.codeWidth % c.codeGroups != 0)
    throw config.error(fmt::format("codevector_dim {} is not a multiple of the {} groups",
                                   c.codeWidth, c.codeGroups));
}

void readAdapter(Wav2Vec2Config& c, const JsonField& config) {
  c.adapter.hidden = positiveSizeOr(config, "output_hidden_size", c.hidden);
  if (!config.get("add_adapter", false)) return;
  c.adapter.layers =
      config.has("num_adapter_layers") ? positiveSize(config, "num_adapter_layers", kMaxLayers) : 3;
  c.adapter.kernel = positiveSizeOr(config, "adapter_kernel_size", 3, 1 << 20);
  c.adapter.stride = positiveSizeOr(config, "adapter_stride", 2, 1 << 20);
}

void readBuckets(Wav2Vec2Config& c, const JsonField& config) {
  c.buckets = positiveSizeOr(config, "num_buckets", 320, 1 << 20);
  c.maxDistance = positiveSizeOr(config, "max_bucket_distance", 800);
  if (c.buckets < 4 || c.maxDistance <= c.buckets / 4)
    throw config.error(
        fmt::format("num_buckets {} does not fit max_bucket_distance {}; expected at least 4 "
                    "buckets, a quarter of which is less than the distance",
                    c.buckets, c.maxDistance));
}

void readType(Wav2Vec2Config& c, const JsonField& config) {
  const std::string& type = c.modelType;
  if (type == "wavlm") readBuckets(c, config);
  if (type == "wavlm" || type == "wav2vec2") readQuantizer(c, config);
  if (type == "data2vec-audio") {
    c.positions.layers = config.has("num_conv_pos_embeddings")
                             ? positiveSize(config, "num_conv_pos_embeddings", kMaxLayers)
                             : 5;
    c.positions.kernel = positiveSizeOr(config, "conv_pos_kernel_size", 19, 1 << 20);
    c.features.layerNorms = true;
    return;
  }
  c.hidesFrames = config.get("apply_spec_augment", true);
  c.normBefore = config.get("do_stable_layer_norm", false);
  if (c.normBefore && config.has("adapter_attn_dim"))
    c.attentionAdapter = positiveSize(config, "adapter_attn_dim");
  if (type != "hubert") return;
  c.features.projectionNorm = config.get("feat_proj_layer_norm", true);
  c.positions.batchNorm = config.get("conv_pos_batch_norm", false);
  c.givesFeatures = false;
}

}  // namespace

WaveFeaturesConfig readWaveFeatures(const JsonField& config, std::int64_t hidden) {
  WaveFeaturesConfig c;
  c.hidden = hidden;
  c.widths = convolutionSizes(config, "conv_dim", std::vector<std::int64_t>(7, 512));
  const std::size_t count = c.widths.size();
  c.kernels = convolutionSizes(config, "conv_kernel", {10, 3, 3, 3, 3, 2, 2}, count);
  c.strides = convolutionSizes(config, "conv_stride", {5, 2, 2, 2, 2, 2, 2}, count);
  c.bias = config.get("conv_bias", false);
  c.activation = config.get<std::string>("feat_extract_activation", "gelu");
  c.normEps = config.get("layer_norm_eps", 1e-5);
  const auto norm = config.get<std::string>("feat_extract_norm", "group");
  if (norm != "group" && norm != "layer")
    throw config["feat_extract_norm"].error(
        fmt::format("expected \"group\" or \"layer\", found {}", quoted(norm)));
  c.layerNorms = norm == "layer";
  return c;
}

WavePositionsConfig readWavePositions(const JsonField& config, std::int64_t hidden) {
  WavePositionsConfig c;
  c.hidden = hidden;
  c.kernel = positiveSizeOr(config, "num_conv_pos_embeddings", 128, 1 << 20);
  c.groups = positiveSizeOr(config, "num_conv_pos_embedding_groups", 16);
  c.activation = config.get<std::string>("feat_extract_activation", "gelu");
  if (hidden % c.groups != 0)
    throw config.error(
        fmt::format("the hidden size {} is not a multiple of the {} groups of "
                    "num_conv_pos_embedding_groups",
                    hidden, c.groups));
  return c;
}

Wav2Vec2Config Wav2Vec2Config::read(const JsonField& config) {
  Wav2Vec2Config c;
  c.modelType = config.require<std::string>("model_type");
  c.base = bases().at(c.modelType);
  c.hidden = positiveSizeOr(config, "hidden_size", 768);
  c.attentionHeads = positiveSizeOr(config, "num_attention_heads", 12);
  c.ffn = positiveSizeOr(config, "intermediate_size", 3072);
  c.layers =
      config.has("num_hidden_layers") ? positiveSize(config, "num_hidden_layers", kMaxLayers) : 12;
  if (c.hidden % c.attentionHeads != 0)
    throw config.error(fmt::format("the hidden size {} is not a multiple of the {} heads", c.hidden,
                                   c.attentionHeads));
  c.normEps = config.get("layer_norm_eps", 1e-5);
  c.activation = config.get<std::string>("hidden_act", "gelu");
  c.features = readWaveFeatures(config, c.hidden);
  c.positions = readWavePositions(config, c.hidden);
  c.maskToken = config.get("mask_time_prob", 0.05) > 0 || config.get("mask_feature_prob", 0.0) > 0;
  if (c.modelType != "hubert") readAdapter(c, config);
  c.heads = HeadsConfig::read(config, c.hidden, c.layers, c.adapter.layers ? c.adapter.hidden : 0);
  readType(c, config);
  return c;
}

ModelShape wav2vec2Shape(const JsonField& config) {
  const auto c = Wav2Vec2Config::read(config);
  return {.hidden = c.hidden,
          .heads = c.attentionHeads,
          .kvHeads = c.attentionHeads,
          .headDim = c.hidden / c.attentionHeads,
          .ffn = c.ffn,
          .layers = c.layers};
}

}  // namespace orrery::models::speech
