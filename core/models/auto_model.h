#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/models/model.h"
#include "core/models/model_config.h"
#include "core/nn/weights.h"

namespace orrery::models {

/// Builds the model of a checkpoint. `className` is one of transformers' classes of that type;
/// empty takes the first of the config's `architectures`. Every tensor that the model needs must be
/// there with its shape; tensors that it leaves unused are an Error too, unless they belong to
/// another head.
std::unique_ptr<Model> loadModel(const checkpoint::Checkpoint& checkpoint,
                                 const std::string& className = {},
                                 nn::Precision precision = nn::Precision::kAuto);

/// Builds the model that `config` describes from `weights`, which may be for training. `className`
/// as for loadModel(); what is left over is not looked at.
std::unique_ptr<Model> buildModel(const JsonField& config, const nn::Weights& weights,
                                  const std::string& className = {});

}  // namespace orrery::models
