#pragma once

#include <optional>
#include <vector>

#include "core/models/timeseries/transformer_config.h"

namespace orrery::models::timeseries {

/// What PatchTST and PatchTSMixer have in common: a series cut into patches, and the heads.
struct PatchConfig {
  using Scaling = TransformerConfig::Scaling;
  enum class Positions { kNone, kSinusoids, kRandom };

  std::int64_t context = 32, patch = 1, stride = 1;  ///< steps
  std::int64_t channels = 1, hidden = 0, layers = 3;
  std::int64_t horizon = 24;  ///< steps to predict
  std::int64_t targets = 1;   ///< numbers of a regression, classes of a classification
  Scaling scaling = Scaling::kStd;
  std::optional<double> minimumScale, defaultScale;
  Positions positions = Positions::kSinusoids;
  bool likelihood = false;  ///< the heads give distributions; otherwise values
  std::string distribution = "student_t";
  std::vector<double> range;  ///< lowest and highest value of a regression, or empty
  double epsilon = 1e-5, headDropout = 0;

  std::int64_t patches() const { return (context - patch) / stride + 1; }
};

/// A config of model type patchtst, by transformers' names and with its defaults.
struct PatchTstConfig {
  enum class Pooling { kNone, kMean, kMax };

  PatchConfig series;
  std::int64_t heads = 4, ffn = 512;
  std::string activation = "gelu";
  bool batchNorm = true, preNorm = true, bias = true;
  bool sharedEmbedding = true, channelAttention = false, classToken = false;
  Pooling pooling = Pooling::kMean;
  double attentionDropout = 0, positionalDropout = 0, pathDropout = 0, ffDropout = 0;

  static PatchTstConfig read(const JsonField& config);
};

/// A config of model type patchtsmixer.
struct PatchMixerConfig {
  enum class Aggregation { kNone, kLast, kMax, kMean };

  PatchConfig series;
  std::int64_t expansion = 2, attentionHeads = 1;
  bool mixChannels = false, gates = true, batchNorm = false, attention = false;
  Aggregation aggregation = Aggregation::kMax;
  std::vector<std::int64_t> predicted;  ///< channels in ascending order; empty: all
  double dropout = 0.2;

  static PatchMixerConfig read(const JsonField& config);
};

ModelShape patchTstShape(const JsonField& config);
ModelShape patchMixerShape(const JsonField& config);

}  // namespace orrery::models::timeseries
