#pragma once

#include <filesystem>
#include <vector>

#include "core/protocol/library.h"

namespace orrery::engine {

/// A checkpoint as its headers tell it.
struct ModelDescription {
  protocol::ModelEntry entry;  ///< source is empty
  std::vector<protocol::TensorEntry> tensors;
  Json config;
};

/// Opens the checkpoint folder or file and reads its headers. The memory estimate is for
/// `contextTokens` positions; 0: the model's own context, at most 4096. Throws an Error that names
/// the file and field.
ModelDescription describeModel(const std::filesystem::path& path, int contextTokens);

/// What loading and running takes: the weights as stored, keys and values of two bytes each (four
/// if the weights have four), and the activations of a prefill in pieces of 512 tokens.
protocol::MemoryEstimate estimateMemory(const JsonField& config, std::int64_t weightBytes,
                                        bool wideWeights, int contextTokens);

}  // namespace orrery::engine
