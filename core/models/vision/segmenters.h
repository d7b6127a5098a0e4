#pragma once

#include "core/models/families.h"

/// What builds the models that cut a whole picture into segments.
namespace orrery::models::vision {

std::unique_ptr<Model> makeMask2Former(const ModelSpec& spec);
std::unique_ptr<Model> makeMaskFormer(const ModelSpec& spec);
std::unique_ptr<Model> makeOneFormer(const ModelSpec& spec);
std::unique_ptr<Model> makeUperNet(const ModelSpec& spec);

/// pixel_values of a model that also takes, and does not look at, pixel_mask; `more` names further
/// inputs.
at::Tensor segmenterPixels(const TensorMap& inputs, const std::vector<std::string>& more = {});

}  // namespace orrery::models::vision
