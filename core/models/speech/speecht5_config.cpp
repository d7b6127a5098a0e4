#include "core/models/speech/speecht5_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::speech {
namespace {

constexpr std::int64_t kMaxWidth = 1 << 20, kMaxPositions = 1 << 20;

SpeechT5Config::Stack readStack(const JsonField& config, const std::string& side,
                                std::int64_t layers, std::int64_t hidden) {
  SpeechT5Config::Stack stack;
  stack.layers = positiveSizeOr(config, side + "_layers", layers, kMaxLayers);
  stack.heads = positiveSizeOr(config, side + "_attention_heads", 12);
  stack.ffn = positiveSizeOr(config, side + "_ffn_dim", 3072);
  if (hidden % stack.heads != 0)
    throw config[side + "_attention_heads"].error(
        fmt::format("{} does not divide the hidden size {}", stack.heads, hidden));
  return stack;
}

void readSpectrograms(SpeechT5Config& c, const JsonField& config) {
  c.bins = positiveSizeOr(config, "num_mel_bins", c.bins, kMaxWidth);
  c.reduction = positiveSizeOr(config, "reduction_factor", c.reduction, 1024);
  c.speaker = positiveSizeOr(config, "speaker_embedding_dim", c.speaker, kMaxWidth);
  c.prenetLayers = positiveSizeOr(config, "speech_decoder_prenet_layers", c.prenetLayers, 64);
  c.prenetUnits = positiveSizeOr(config, "speech_decoder_prenet_units", c.prenetUnits, kMaxWidth);
  c.prenetDropout = config.get("speech_decoder_prenet_dropout", c.prenetDropout);
  if (!(c.prenetDropout >= 0 && c.prenetDropout < 1))
    throw config["speech_decoder_prenet_dropout"].error("expected a number from 0 to below 1");
  c.postnetLayers = positiveSizeOr(config, "speech_decoder_postnet_layers", c.postnetLayers, 64);
  c.postnetUnits =
      positiveSizeOr(config, "speech_decoder_postnet_units", c.postnetUnits, kMaxWidth);
  c.postnetKernel = positiveSizeOr(config, "speech_decoder_postnet_kernel", c.postnetKernel, 1024);
  if (c.postnetKernel % 2 == 0)
    throw config["speech_decoder_postnet_kernel"].error("expected an odd number");
}

}  // namespace

SpeechT5Config SpeechT5Config::read(const JsonField& config) {
  SpeechT5Config c;
  c.vocab = positiveSizeOr(config, "vocab_size", c.vocab);
  c.hidden = positiveSizeOr(config, "hidden_size", c.hidden, kMaxWidth);
  if (c.hidden % 2 != 0 || c.hidden < 4)
    throw config["hidden_size"].error("expected an even number of at least 4");
  c.encoder = readStack(config, "encoder", 12, c.hidden);
  c.decoder = readStack(config, "decoder", 6, c.hidden);
  c.activation = config.get<std::string>("hidden_act", c.activation);
  c.normEps = config.get("layer_norm_eps", c.normEps);
  c.maxDistance =
      positiveSizeOr(config, "encoder_max_relative_position", c.maxDistance, kMaxPositions);
  c.scalesEmbeddings = config.get("scale_embedding", false);
  c.padToken = config.get("pad_token_id", c.padToken);
  c.maxText = positiveSizeOr(config, "max_text_positions", c.maxText, kMaxPositions);
  c.maxSpeech = positiveSizeOr(config, "max_speech_positions", c.maxSpeech, kMaxPositions);
  c.features = readWaveFeatures(config, c.hidden);
  c.positions = readWavePositions(config, c.hidden);
  c.hidesFrames =
      config.get("mask_time_prob", 0.05) > 0 || config.get("mask_feature_prob", 0.0) > 0;
  readSpectrograms(c, config);
  return c;
}

ModelShape speechT5Shape(const JsonField& config) {
  const auto c = SpeechT5Config::read(config);
  ModelShape shape{.hidden = c.hidden,
                   .heads = c.decoder.heads,
                   .kvHeads = c.decoder.heads,
                   .headDim = c.hidden / c.decoder.heads,
                   .ffn = c.decoder.ffn,
                   .layers = c.encoder.layers,
                   .vocab = c.vocab};
  // Each decoder layer keeps its own keys and values, and those of the encoder's output.
  shape.windows.assign(2 * static_cast<std::size_t>(c.decoder.layers), 0);
  return shape;
}

VocoderConfig VocoderConfig::read(const JsonField& config) {
  VocoderConfig c;
  c.generator = HifiGanConfig::read(config, {4, 4, 4, 4}, {8, 8, 8, 8});
  c.generator.channels = positiveSizeOr(config, "model_in_dim", 80, kMaxWidth);
  c.samplingRate = positiveSizeOr(config, "sampling_rate", c.samplingRate, 1'000'000);
  c.normalizes = config.get("normalize_before", true);
  return c;
}

ModelShape vocoderShape(const JsonField& config) {
  const auto c = VocoderConfig::read(config);
  return {.hidden = c.generator.width,
          .layers = static_cast<std::int64_t>(c.generator.rates.size())};
}

}  // namespace orrery::models::speech
