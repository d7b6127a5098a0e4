#pragma once

#include <string>
#include <vector>

#include "core/nn/linear.h"

namespace orrery::models::text {

/// The experts' matrices of gpt-oss under `weights`: `name` [experts, in, out] with `name`_bias,
/// or, in MXFP4 checkpoints, `name`_blocks and `name`_scales (OCP Microscaling Formats 1.0: 32
/// values of 4 bits share one exponent of 8 bits), which are unpacked to bfloat16.
std::vector<nn::Linear> readExpertLinears(const nn::Weights& weights, const std::string& name,
                                          std::int64_t experts, std::int64_t in, std::int64_t out);

}  // namespace orrery::models::text
