#pragma once

#include <map>
#include <string>

#include "core/models/model_config.h"

/// What configs of the models in this folder have in common. No LibTorch here.
namespace orrery::models::timeseries {

/// Adds the model types of core/models/timeseries with what reads their config.
void addShapes(std::map<std::string, ReadShape>& table);

}  // namespace orrery::models::timeseries
