#pragma once

#include <optional>

#include "core/models/model_config.h"

namespace orrery::models::timeseries {

/// time_series_transformer, informer and autoformer: encoder and decoder over lagged values and
/// features. A config's fields, by transformers' names and with its defaults.
struct TransformerConfig {
  enum class Scaling { kNone, kMean, kStd };
  /// Of the encoder or the decoder.
  struct Stack {
    std::int64_t layers = 2, heads = 2, ffn = 32;
    double layerDrop = 0;
  };

  std::string modelType;
  std::int64_t prediction = 0, context = 0;  ///< steps
  std::string distribution = "student_t";
  std::int64_t variates = 1;  ///< numbers at each step (input_size)
  std::vector<std::int64_t> lags;
  Scaling scaling = Scaling::kMean;
  std::optional<double> minimumScale, defaultScale;
  std::int64_t dynamicReal = 0, staticReal = 0, staticCategories = 0, timeFeatures = 0;
  std::vector<std::int64_t> cardinality, categoryDims;  ///< one for each static category
  std::int64_t hidden = 64;
  Stack encoder, decoder;
  std::string activation = "gelu";
  std::int64_t trajectories = 100;  ///< num_parallel_samples
  /// Of training passes: shares of numbers, and of whole layers, that are left out.
  double dropout = 0, attentionDropout = 0, activationDropout = 0;

  bool sparseAttention = false;  ///< Informer: ProbSparse instead of full
  std::int64_t samplingFactor = 5;
  bool distil = false;  ///< Informer: convolutions halve the sequence between encoder layers

  std::int64_t labelLength = 0, movingAverage = 0, correlationFactor = 0;  ///< Autoformer

  static TransformerConfig read(const JsonField& config);

  /// Steps that the past must have.
  std::int64_t pastLength() const;
  /// Numbers at each step beside the lagged values.
  std::int64_t featureCount() const;
  /// Numbers that a layer sees of each step.
  std::int64_t inputWidth() const;
};

ModelShape transformerShape(const JsonField& config);

}  // namespace orrery::models::timeseries
