#include "core/models/speech/vits_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::speech {
namespace {

constexpr std::int64_t kMaxKernel = 1 << 16, kMaxParts = 256;

void readText(VitsConfig& c, const JsonField& config) {
  c.vocab = positiveSizeOr(config, "vocab_size", c.vocab);
  c.hidden = positiveSizeOr(config, "hidden_size", c.hidden);
  c.layers = positiveSizeOr(config, "num_hidden_layers", c.layers, kMaxLayers);
  c.heads = positiveSizeOr(config, "num_attention_heads", c.heads);
  c.ffn = positiveSizeOr(config, "ffn_dim", c.ffn);
  c.ffnKernel = positiveSizeOr(config, "ffn_kernel_size", c.ffnKernel, kMaxKernel);
  if (c.hidden % c.heads != 0)
    throw config.error(
        fmt::format("the hidden size {} is not a multiple of the {} heads", c.hidden, c.heads));
  const bool none = config.json().contains("window_size") && !config.has("window_size");
  c.window = none ? 0 : config.get("window_size", c.window);
  if (c.window < 0 || c.window > kMaxKernel)
    throw config["window_size"].error(
        fmt::format("expected 0 to {}, found {}", kMaxKernel, c.window));
  c.bias = config.get("use_bias", true);
  c.activation = config.get<std::string>("hidden_act", "relu");
  c.normEps = config.get("layer_norm_eps", c.normEps);
}

void readDurations(VitsConfig& c, const JsonField& config) {
  c.stochastic = config.get("use_stochastic_duration_prediction", true);
  c.durationKernel =
      positiveSizeOr(config, "duration_predictor_kernel_size", c.durationKernel, kMaxKernel);
  c.durationWidth = positiveSizeOr(config, "duration_predictor_filter_channels", c.durationWidth);
  c.durationFlows =
      positiveSizeOr(config, "duration_predictor_num_flows", c.durationFlows, kMaxParts);
  c.splitWidth = positiveSizeOr(config, "depth_separable_channels", c.splitWidth, 1 << 20);
  c.splitLayers = positiveSizeOr(config, "depth_separable_num_layers", c.splitLayers, 16);
  c.bins = positiveSizeOr(config, "duration_predictor_flow_bins", c.bins, 999);
  c.tail = config.get("duration_predictor_tail_bound", c.tail);
  if (c.splitWidth != 2)
    throw config["depth_separable_channels"].error(
        fmt::format("expected 2, found {}", c.splitWidth));
}

void readFlow(VitsConfig& c, const JsonField& config) {
  c.flow = positiveSizeOr(config, "flow_size", c.flow, 1 << 20);
  c.flows = positiveSizeOr(config, "prior_encoder_num_flows", c.flows, kMaxParts);
  c.waveLayers = positiveSizeOr(config, "prior_encoder_num_wavenet_layers", c.waveLayers, 64);
  c.waveKernel = positiveSizeOr(config, "wavenet_kernel_size", c.waveKernel, kMaxKernel);
  c.waveDilation = positiveSizeOr(config, "wavenet_dilation_rate", c.waveDilation, 16);
  if (c.flow % 2 != 0)
    throw config["flow_size"].error(fmt::format("expected an even number, found {}", c.flow));
}

}  // namespace

VitsConfig VitsConfig::read(const JsonField& config) {
  VitsConfig c;
  readText(c, config);
  readDurations(c, config);
  readFlow(c, config);
  c.speakers = positiveSizeOr(config, "num_speakers", c.speakers);
  c.speaker = config.get("speaker_embedding_size", c.speaker);
  if (c.speaker < 0 || (c.speakers > 1 && c.speaker == 0))
    throw config["speaker_embedding_size"].error(
        fmt::format("{} does not fit {} speakers", c.speaker, c.speakers));
  c.decoder = HifiGanConfig::read(config, {8, 8, 2, 2}, {16, 16, 4, 4});
  c.decoder.channels = c.flow;
  c.decoder.speaker = c.speaker;
  c.decoder.outBias = false;
  c.rate = config.get("speaking_rate", c.rate);
  c.noise = config.get("noise_scale", c.noise);
  c.durationNoise = config.get("noise_scale_duration", c.durationNoise);
  return c;
}

ModelShape vitsShape(const JsonField& config) {
  const auto c = VitsConfig::read(config);
  return {.hidden = c.hidden,
          .heads = c.heads,
          .kvHeads = c.heads,
          .headDim = c.hidden / c.heads,
          .ffn = c.ffn,
          .layers = c.layers,
          .vocab = c.vocab};
}

}  // namespace orrery::models::speech
