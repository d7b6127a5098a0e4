#pragma once

#include "core/models/families.h"

/// What builds the models of each type in this folder.
namespace orrery::models::speech {

std::unique_ptr<Model> makeWhisper(const ModelSpec& spec);

}  // namespace orrery::models::speech
