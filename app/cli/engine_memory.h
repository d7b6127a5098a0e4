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
std::int64_t parametersOf(const std::string& name, const checkpoint::TensorHeader& header);

/// Bytes that a tensor takes in a model loaded in `precision`.
std::int64_t bytesInMemory(const std::string& name, const checkpoint::TensorHeader& header,
                           kernels::Precision precision);

/// What running takes beside `weightBytes`: keys and values of `contextTokens` positions as the
/// cache keeps them, and the activations of a prefill in pieces of 512 tokens. `fits` compares to
/// `availableBytes`.
protocol::MemoryEstimate estimateMemory(const models::ModelShape& shape, std::int64_t weightBytes,
                                        std::int64_t contextTokens, std::int64_t availableBytes);

/// Lengths worth telling: some usual ones below the model's own context, and that one.
std::vector<std::int64_t> usualContexts(const models::ModelShape& shape);

}  // namespace orrery::engine
