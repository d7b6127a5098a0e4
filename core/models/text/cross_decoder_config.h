#pragma once

#include <string>
#include <vector>

#include "core/models/model_config.h"

namespace orrery::models::text {

/// The model types whose layers can look at what an encoder made of its input, in alphabetical
/// order.
std::vector<std::string> crossDecoderTypes();

/// An Error if the model type is none of these, or its layers are not asked to look.
void requireCrossDecoder(const JsonField& config);

/// The shape of such a decoder.
ModelShape crossDecoderShape(const JsonField& config);

}  // namespace orrery::models::text
