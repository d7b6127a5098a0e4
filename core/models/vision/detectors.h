#pragma once

#include "core/models/families.h"

/// What builds the models that find and cut out things in pictures.
namespace orrery::models::vision {

std::unique_ptr<Model> makeDetr(
    const ModelSpec& spec);  ///< detr, table-transformer, conditional_detr
std::unique_ptr<Model> makeDeformableDetr(const ModelSpec& spec);
std::unique_ptr<Model> makeRtDetr(const ModelSpec& spec);
std::unique_ptr<Model> makeSam(const ModelSpec& spec);
std::unique_ptr<Model> makeSamVision(const ModelSpec& spec);  ///< its picture encoder alone

}  // namespace orrery::models::vision
