#pragma once

#include <map>
#include <string>

#include "core/models/model_config.h"

/// What configs of the models in this folder have in common. No LibTorch here.
namespace orrery::models::speech {

/// Adds the model types of core/models/speech with what reads their config.
void addShapes(std::map<std::string, ReadShape>& table);

/// Whether a model of this folder has that model type.
bool isSpeechType(const std::string& modelType);

}  // namespace orrery::models::speech
