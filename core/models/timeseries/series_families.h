#pragma once

#include "core/models/families.h"

/// What builds the models of each type in this folder.
namespace orrery::models::timeseries {

std::unique_ptr<Model> makeAutoformer(const ModelSpec& spec);
std::unique_ptr<Model> makeInformer(const ModelSpec& spec);
std::unique_ptr<Model> makeTimesFm(const ModelSpec& spec);
std::unique_ptr<Model> makeTimeSeriesTransformer(const ModelSpec& spec);
std::unique_ptr<Model> makePatchMixer(const ModelSpec& spec);
std::unique_ptr<Model> makePatchTst(const ModelSpec& spec);

}  // namespace orrery::models::timeseries
