#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/processors/feature_extractor.h"

namespace orrery::processors {

/// How sequences are brought to one length: transformers' SequenceFeatureExtractor.pad.
struct BatchRule {
  SoundPadding padding = SoundPadding::kNone;
  std::optional<std::int64_t> maxLength{};
  bool truncation = false;
  std::optional<std::int64_t> padToMultipleOf{};
  double paddingValue = 0;
  bool padsLeft = false;
};

/// The options of a call, and behind them what a type does by itself.
BatchRule batchRule(const FeatureOptions& options, const BatchRule& otherwise);

struct SoundBatch {
  std::vector<at::Tensor> values;  ///< of one length, unless padding is kNone
  std::vector<at::Tensor> masks;   ///< int32: 1 where a value is not padding
};

/// Cuts and pads each of `sequences` along its first dimension. An Error if a length is needed and
/// there is none.
SoundBatch batched(std::vector<at::Tensor> sequences, const BatchRule& rule);

/// All in one tensor; an Error if their lengths differ.
at::Tensor stacked(const std::vector<at::Tensor>& values);

/// Each sound as a tensor [samples], which refers to it. An Error if there are none, or one is
/// empty.
std::vector<at::Tensor> soundTensors(std::span<const std::vector<float>> sounds);

/// Each of `values` with mean 0 and variance 1. With `masks`, of as many values at the front as a
/// mask has ones, and padding behind these, as transformers does it.
void normalize(std::vector<at::Tensor>& values, const std::vector<at::Tensor>* masks,
               double paddingValue);

}  // namespace orrery::processors
