#pragma once

#include <filesystem>

#include "core/base/json.h"

namespace orrery::cli {

/// Writes each mask of a pipeline's result as a PNG of the picture's size, white where the mask is,
/// into `folder`, which is made if it is missing: 000-cat.png, 001-dog.png, …. In `result`, the
/// file's name takes the mask's place. An Error if the result has no masks.
void writeMaskFiles(OrderedJson& result, const std::filesystem::path& folder);

/// How many pixels of how many a mask of a result covers, or the name of its file.
std::string maskText(const OrderedJson& mask);

}  // namespace orrery::cli
