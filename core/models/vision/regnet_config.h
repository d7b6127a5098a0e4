#pragma once

#include "core/models/model_config.h"

namespace orrery::models::vision {

/// RegNet (Radosavovic et al. 2020).
struct RegNetConfig {
  std::int64_t channels = 3, embedding = 32;
  std::vector<std::int64_t> hiddenSizes, depths;  ///< of each stage
  std::int64_t groupsWidth = 64;                  ///< channels of one group
  bool squeezes = true;                           ///< layers weigh their channels ("y")
  std::string activation;
  bool downsampleFirstStage = true;
  std::int64_t labels = 2;

  static RegNetConfig read(const JsonField& config);
};

ModelShape regNetShape(const JsonField& config);

}  // namespace orrery::models::vision
