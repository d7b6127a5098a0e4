#include "core/models/speech/whisper_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::speech {
namespace {

constexpr text::ClassicNames kDecoderNames{"model.decoder",
                                           "embed_tokens",
                                           "embed_positions",
                                           "layers",
                                           "self_attn_layer_norm",
                                           nullptr,
                                           "self_attn",
                                           "self_attn.out_proj",
                                           "final_layer_norm",
                                           "fc1",
                                           "fc2",
                                           "layer_norm",
                                           "proj_out",
                                           nullptr,
                                           "encoder_attn",
                                           "encoder_attn_layer_norm"};

/// The heads of a part; each takes an equal share of the hidden size.
std::int64_t headsOf(const JsonField& config, const char* key, std::int64_t hidden) {
  const std::int64_t heads = positiveSizeOr(config, key, 6);
  if (hidden % heads != 0)
    throw config[key].error(
        fmt::format("expected a divisor of d_model, {}, found {}", hidden, heads));
  return heads;
}

text::ClassicConfig readDecoder(const JsonField& config, std::int64_t hidden) {
  text::ClassicConfig c;
  c.modelType = "whisper";
  c.names = kDecoderNames;
  c.hidden = c.embeddingDim = c.crossHidden = hidden;
  c.vocab = positiveSizeOr(config, "vocab_size", 51865);
  c.heads = headsOf(config, "decoder_attention_heads", hidden);
  c.layers = positiveSizeOr(config, "decoder_layers", 4, kMaxLayers);
  c.ffn = positiveSizeOr(config, "decoder_ffn_dim", 1536);
  c.maxPositions = positiveSizeOr(config, "max_target_positions", 448);
  c.activation = config.get<std::string>("activation_function", "gelu");
  c.keyBias = false;
  c.tied = config.get("tie_word_embeddings", true);
  c.labels = labelCount(config);
  return c;
}

}  // namespace

WhisperConfig WhisperConfig::read(const JsonField& config) {
  WhisperConfig c;
  c.hidden = positiveSizeOr(config, "d_model", 384);
  c.melBins = positiveSizeOr(config, "num_mel_bins", 80);
  c.sourcePositions = positiveSizeOr(config, "max_source_positions", 1500);
  c.activation = config.get<std::string>("activation_function", "gelu");
  c.encoder.heads = headsOf(config, "encoder_attention_heads", c.hidden);
  c.encoder.ffn = positiveSizeOr(config, "encoder_ffn_dim", 1536);
  c.encoder.layers = positiveSizeOr(config, "encoder_layers", 4, kMaxLayers);
  c.decoder = readDecoder(config, c.hidden);
  c.weightedLayerSum = config.get("use_weighted_layer_sum", false);
  c.classifierHidden = positiveSizeOr(config, "classifier_proj_size", 256);
  c.labels = c.decoder.labels;
  config.has("scale_embedding");  // transformers reads it, and acts not on it
  return c;
}

ModelShape whisperShape(const JsonField& config) {
  const auto c = WhisperConfig::read(config);
  ModelShape shape{.hidden = c.hidden,
                   .heads = c.decoder.heads,
                   .kvHeads = c.decoder.heads,
                   .headDim = c.hidden / c.decoder.heads,
                   .ffn = c.decoder.ffn,
                   .layers = c.encoder.layers,
                   .vocab = c.decoder.vocab,
                   .maxPositions = c.decoder.maxPositions};
  // Each decoder layer keeps its own keys and values, and those of the encoder's output.
  shape.windows.assign(2 * static_cast<std::size_t>(c.decoder.layers), 0);
  return shape;
}

}  // namespace orrery::models::speech
