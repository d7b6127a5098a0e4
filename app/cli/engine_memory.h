#pragma once

#include <vector>

#include "core/checkpoint/weight_source.h"
#include "core/kernels/precision.h"
#include "core/models/model_config.h"
#include "core/protocol/library.h"

/// How much memory a model takes, from headers alone.
namespace orrery::engine {

/// One tensor as the headers tell it, and as it is used at dtype "auto".
protocol::TensorEntry tensorEntry(const std::string& name, const checkpoint::TensorHeader& header);

/// Values that a tensor stands for: two in each byte of MXFP4 blocks, none in their scales.
std::int64_t valuesOf(const std::string& name, const checkpoint::TensorHeader& header);

/// Whether a tensor is neither weights nor packed ones, but numbers that models have for themselves
/// or make anew.
bool isUnused(const std::string& name, const checkpoint::TensorHeader& header);

/// Bytes that a tensor takes in a model loaded in `precision`.
std::int64_t bytesInMemory(const std::string& name, const checkpoint::TensorHeader& header,
                           kernels::Precision precision);

/// Bytes of the file that loading reads to make another form of a tensor: they stay mapped.
std::int64_t bytesRead(const std::string& name, const checkpoint::TensorHeader& header,
                       kernels::Precision precision);

struct WeightMemory {
  std::int64_t used = 0;  ///< sum of bytesInMemory
  std::int64_t read = 0;  ///< sum of bytesRead
};

/// Of all tensors at dtype "auto".
WeightMemory weightMemory(const std::vector<protocol::TensorEntry>& tensors);

/// The peak of running: the weights, keys and values of `contextTokens` positions as the cache
/// keeps them, and as work what the program itself takes, the tokenizer, and the activations of a
/// prefill in pieces. `fits` compares to `availableBytes`.
protocol::MemoryEstimate estimateMemory(const models::ModelShape& shape,
                                        const WeightMemory& weights, std::int64_t contextTokens,
                                        std::int64_t availableBytes);

/// Lengths worth telling: some usual ones below the model's own context, and that one.
std::vector<std::int64_t> usualContexts(const models::ModelShape& shape);

}  // namespace orrery::engine
