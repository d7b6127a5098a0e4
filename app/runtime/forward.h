#pragma once

#include <filesystem>

#include "core/models/model.h"

namespace orrery {

/// Reads the inputs of a forward pass from a safetensors file, runs it, and writes every floating
/// output.
void forwardFiles(const models::Model& model, const std::filesystem::path& inputs,
                  const std::filesystem::path& outputs);

}  // namespace orrery
