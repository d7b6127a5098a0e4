#pragma once

#include "core/models/model_config.h"

namespace orrery::models::vision {

/// ConvNeXt (Liu et al. 2022), its second version (Woo et al. 2023) and DINOv3's.
struct ConvNextConfig {
  std::string modelType;
  std::int64_t channels = 3, patch = 4;
  std::vector<std::int64_t> hiddenSizes, depths;  ///< of each stage
  std::string activation;
  double normEps = 1e-12;  ///< of the norm over the pooled features, of all norms in DINOv3's; the
                           ///< others have 1e-6
  bool layerScale = true;  ///< layers scale their channels (first version)
  bool responseNorm = false;           ///< layers norm the channels against each other (second)
  std::vector<std::size_t> outStages;  ///< of the backbone; 0 is the stem
  std::int64_t labels = 2;

  static ConvNextConfig read(const JsonField& config);
};

ModelShape convNextShape(const JsonField& config);

}  // namespace orrery::models::vision
