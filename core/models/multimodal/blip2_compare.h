#pragma once

#include "core/models/families.h"

namespace orrery::models::multimodal {

/// Whether a class of BLIP-2 compares pictures with texts and has no language model
/// (…ForImageTextRetrieval, …TextModelWithProjection, …VisionModelWithProjection).
bool comparesOnly(std::string_view className);
std::unique_ptr<Model> makeBlip2Comparison(const ModelSpec& spec);

}  // namespace orrery::models::multimodal
