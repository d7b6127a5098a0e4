#pragma once

#include <filesystem>

#include "core/protocol/library.h"

namespace orrery::engine {

/// A checkpoint as its headers tell it: opens the folder or file and reads nothing else. The memory
/// estimate of the entry is for `contextTokens` positions; 0: the model's own context, at most
/// 4096. `source` is empty. Throws an Error that names the file and field.
protocol::ModelEntry describeModel(const std::filesystem::path& path, int contextTokens);

/// The same with each tensor, the tokenizer, and the memory in each precision.
protocol::InspectResult inspectModel(const std::filesystem::path& path);

}  // namespace orrery::engine
