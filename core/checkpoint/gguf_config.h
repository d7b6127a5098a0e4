#pragma once

#include "core/base/json.h"
#include "core/checkpoint/gguf_architecture.h"

namespace orrery::checkpoint {

/// What config.json of the hub folder says, from the metadata and the shapes of tensors. Throws an
/// Error that names the key that is missing or wrong.
Json ggufConfig(const GgufFile& file, const GgufArchitecture& architecture);

/// The special tokens, as generation_config.json has them.
Json ggufGenerationConfig(const GgufFile& file);

}  // namespace orrery::checkpoint
