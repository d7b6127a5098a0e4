#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::models::text {

struct T5Config {
  std::int64_t hidden = 0, headDim = 0, heads = 0, ffn = 0, vocab = 0;
  std::int64_t encoderLayers = 0, decoderLayers = 0;
  std::int64_t buckets = 32, maxDistance = 128;
  double normEps = 1e-6;
  std::string activation;
  bool gated = false;
  bool scaleOutputs = true;  ///< decoder outputs times hidden^-0.5 before a tied head
  std::int64_t startToken = 0, labels = 2;
  std::int64_t eosToken = 1;

  static T5Config read(const JsonField& config);
};

std::vector<std::string> t5Types();

}  // namespace orrery::models::text
