#include "core/models/timeseries/timesfm_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::timeseries {

TimesFmConfig TimesFmConfig::read(const JsonField& config) {
  constexpr std::int64_t kMostSteps = 1'000'000;
  TimesFmConfig c;
  c.patch = positiveSizeOr(config, "patch_length", 32, kMostSteps);
  c.context = positiveSizeOr(config, "context_length", 512, kMostSteps);
  c.horizon = positiveSizeOr(config, "horizon_length", 128, kMostSteps);
  if (c.context % c.patch != 0)
    throw config.error(fmt::format("context_length: {} is not a multiple of the patches' {} steps",
                                   c.context, c.patch));
  c.frequencies = positiveSizeOr(config, "freq_size", 3);
  c.layers = positiveSizeOr(config, "num_hidden_layers", 50, kMaxLayers);
  c.hidden = positiveSizeOr(config, "hidden_size", 1280);
  c.ffn = positiveSizeOr(config, "intermediate_size", 1280);
  c.heads = positiveSizeOr(config, "num_attention_heads", 16);
  c.headDim = positiveSizeOr(config, "head_dim", 80, kMaxHeadDim);
  c.tolerance = config.get("tolerance", 1e-6);
  c.epsilon = config.get("rms_norm_eps", 1e-6);
  c.padValue = config.get("pad_val", 1123581321.0);
  c.quantiles =
      config.get("quantiles", std::vector<double>{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9});
  c.positions = config.get("use_positional_embedding", false);
  if (c.positions && c.hidden % 2 != 0)
    throw config["hidden_size"].error("expected an even number with positional embeddings");
  config.find("min_timescale");  // the checkpoint has the time scales that follow from these
  config.find("max_timescale");
  return c;
}

ModelShape timesFmShape(const JsonField& config) {
  const auto c = TimesFmConfig::read(config);
  return {.hidden = c.hidden,
          .heads = c.heads,
          .kvHeads = c.heads,
          .headDim = c.headDim,
          .ffn = c.ffn,
          .layers = c.layers,
          .maxPositions = c.context};
}

}  // namespace orrery::models::timeseries
