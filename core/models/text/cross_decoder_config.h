#pragma once

#include <map>
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

/// The class that AutoModel takes for an encoder before such a decoder: that of its model type in
/// `classes`, an Error if there is none.
std::string encoderClassOf(const JsonField& encoder,
                           const std::map<std::string, std::string>& classes);

/// Whether the decoder says (`cross_attention_hidden_size`) that it looks at what is
/// `encoderHidden` wide; an Error if it says another width.
bool takesWidthOf(const JsonField& decoder, std::int64_t encoderHidden);

}  // namespace orrery::models::text
