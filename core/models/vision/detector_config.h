#pragma once

#include <initializer_list>
#include <map>
#include <string>

#include "core/models/model_config.h"

/// What the configs of models that find and cut out things have in common. No LibTorch here.
namespace orrery::models::vision {

/// Reads the `backbone_config` of a model with the code of the backbone's type. An Error tells what
/// cannot be a backbone here.
void readBackboneConfig(const JsonField& config);

/// Whether `position_embedding_type` is "learned", rather than "sine"; an Error for others.
bool learnedPositions(const JsonField& config);

/// An Error if the hidden size is not a multiple of each number of heads, or if there are too many
/// layers.
void checkTransformer(const JsonField& config, std::int64_t hidden,
                      std::initializer_list<std::int64_t> heads,
                      std::initializer_list<std::int64_t> layers);

}  // namespace orrery::models::vision
