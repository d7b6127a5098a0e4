#pragma once

#include "core/models/model_config.h"

namespace orrery::models::timeseries {

/// timesfm: a decoder over patches of a series. A config's fields, by transformers' names and with
/// its defaults.
struct TimesFmConfig {
  std::int64_t patch = 32, context = 512, horizon = 128, frequencies = 3;
  std::int64_t layers = 50, hidden = 1280, ffn = 1280, heads = 16, headDim = 80;
  double tolerance = 1e-6, epsilon = 1e-6, padValue = 1123581321.0;
  std::vector<double> quantiles;
  bool positions = false;  ///< use_positional_embedding

  static TimesFmConfig read(const JsonField& config);
};

ModelShape timesFmShape(const JsonField& config);

}  // namespace orrery::models::timeseries
