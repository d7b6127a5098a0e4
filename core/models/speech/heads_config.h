#pragma once

#include <vector>

#include "core/models/model_config.h"

namespace orrery::models::speech {

/// The heads of encoders of speech, by transformers' fields.
struct HeadsConfig {
  std::int64_t hidden = 0;   ///< width of what the heads of classes look at
  std::int64_t written = 0;  ///< the same of the head that writes (CTC), after an adapter
  std::int64_t layers = 0;   ///< of the encoder
  std::int64_t vocab = 32, labels = 2;
  bool weightedSum = false;      ///< the states of all layers, weighted, instead of the last one
  std::int64_t projected = 256;  ///< between the states and the classes
  std::vector<std::int64_t> tdnnWidths, tdnnKernels, tdnnDilations;
  std::int64_t xvector = 512;  ///< width of a speaker's embedding
  bool adapter = false;        ///< the encoder ends in one, which heads of classes refuse

  /// `hidden`, `layers` and `adapted` (the width after an adapter, 0 without one) as the encoder
  /// has them.
  static HeadsConfig read(const JsonField& config, std::int64_t hidden, std::int64_t layers,
                          std::int64_t adapted);
};

/// One size for each convolution of a row of them, from 1 to `most`; an Error if there are none or
/// too many, or not `count` where that is not 0.
std::vector<std::int64_t> convolutionSizes(const JsonField& config, std::string_view key,
                                           std::vector<std::int64_t> otherwise,
                                           std::size_t count = 0,
                                           std::int64_t most = std::int64_t{1} << 20);

}  // namespace orrery::models::speech
