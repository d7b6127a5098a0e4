#pragma once

#include "core/base/json.h"
#include "core/checkpoint/gguf_architecture.h"

namespace orrery::checkpoint {

/// "rope_scaling" as config.json has it, or null: linear and yarn from the metadata, llama3 and
/// longrope from the tensors that llama.cpp keeps their factors in. Throws an Error of kind
/// kUnsupported for frequency factors that no such setting gives.
Json ggufRopeScaling(const GgufFile& file, const GgufArchitecture& architecture,
                     const Json& config);

}  // namespace orrery::checkpoint
