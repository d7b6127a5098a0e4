#pragma once

#include <string>

#include "core/models/model_config.h"

namespace orrery::models::vision {

/// DETR (Carion et al. 2020), Table Transformer and Conditional DETR: one encoder over the last
/// feature map of a backbone, one decoder of object queries. Defaults are those of transformers.
struct DetrConfig {
  bool normFirst = false;    ///< Table Transformer: norms before the parts, one after the encoder
  bool conditional = false;  ///< Conditional DETR: queries have a place of their own
  std::int64_t channels = 3, hidden = 256, queries = 100;
  std::int64_t encoderLayers = 6, encoderHeads = 8, encoderFfn = 2048;
  std::int64_t decoderLayers = 6, decoderHeads = 8, decoderFfn = 2048;
  std::string activation;
  bool learnedPositions = false;  ///< of the feature map; otherwise sines
  bool auxiliary = false;         ///< the states of every decoder layer, normed, are outputs too
  std::int64_t labels = 2;

  /// Reads a config.json of these types. An Error names the field that does not fit.
  static DetrConfig read(const JsonField& config);
};

ModelShape detrShape(const JsonField& config);

}  // namespace orrery::models::vision
