#pragma once

#include <memory>

#include "core/base/json.h"
#include "core/checkpoint/gguf.h"

namespace orrery::checkpoint {

/// A GGUF file in the words of the hub folder that it was made from.
struct GgufModel {
  Json config;            ///< as config.json
  Json generationConfig;  ///< as generation_config.json: the ids of special tokens
  std::shared_ptr<const WeightSource> weights;  ///< tensors by transformers' names and orientation
};

/// Translates configuration, names and layout. Tensors keep their packed bytes: those that
/// llama.cpp stores in another order of rows are copied row by row when they are asked for; only
/// what needs arithmetic or a transposition (norms of gemma, GPT-2's matrices, dense experts of
/// gpt-oss) is unpacked. A tensor that is not known keeps its own name. Throws an Error of kind
/// kUnsupported for an architecture that is not known, kInvalidInput for metadata that are missing
/// or wrong.
GgufModel mapGguf(std::shared_ptr<const GgufFile> file);

}  // namespace orrery::checkpoint
