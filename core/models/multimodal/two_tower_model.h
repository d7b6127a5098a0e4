#pragma once

#include "core/models/families.h"
#include "core/models/multimodal/towers.h"

namespace orrery::models::multimodal {

/// How alike pictures and texts are: image_embeds, text_embeds (both scaled to length 1),
/// logits_per_image, logits_per_text. `bias` may be undefined.
TensorMap similarities(const at::Tensor& imageEmbeds, const at::Tensor& textEmbeds,
                       const at::Tensor& logScale, const at::Tensor& bias);

/// Adds `output` by transformers' names below `prefix` ("vision_model_output.").
void addTower(TensorMap& outputs, const TowerOutput& output, const std::string& prefix);

/// The observer of a model with two towers: names get `prefix`.
nn::Observer observerBelow(const nn::Observer* observer, const std::string& prefix);

/// For a class that uses only parts of its checkpoint: what lies below `prefix` is left out on
/// purpose.
void leaveOut(const nn::Weights& root, std::string_view prefix);

}  // namespace orrery::models::multimodal
