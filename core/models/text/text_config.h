#pragma once

#include <variant>

#include "core/models/model_config.h"
#include "core/models/text/classic_config.h"
#include "core/models/text/decoder_config.h"

/// The config of any decoder-only text model, as part of a model that sees pictures.
namespace orrery::models::text {

using TextConfig = std::variant<DecoderConfig, ClassicConfig>;

/// Reads a part like text_config; where it names no model_type it is of `otherwise`. An Error lists
/// the types that may stand there.
TextConfig readTextConfig(const JsonField& config, const std::string& otherwise);

/// Whether its output layer shares the matrix of the tokens.
bool isTied(const TextConfig& config);
void setTied(TextConfig& config, bool tied);

ModelShape shapeOf(const TextConfig& config);

}  // namespace orrery::models::text
