#pragma once

#include "core/models/vision/backbone.h"

/// What builds the models and backbones of each type in this folder: the functions of the rows in
/// model_types.inc and backbone_types.inc.
namespace orrery::models::vision {

#define ORRERY_VISION_MODEL(type, make, shape) std::unique_ptr<Model> make(const ModelSpec& spec);
#include "core/models/vision/model_types.inc"
#undef ORRERY_VISION_MODEL

#define ORRERY_VISION_BACKBONE(type, make) \
  std::unique_ptr<Backbone> make(const JsonField& config, const nn::Weights& weights);
#include "core/models/vision/backbone_types.inc"
#undef ORRERY_VISION_BACKBONE

}  // namespace orrery::models::vision
