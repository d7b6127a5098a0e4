#pragma once

#include <map>
#include <string>

#include "core/models/vision/detr_config.h"

/// What configs of models that cut a whole picture into segments say. No LibTorch here.
namespace orrery::models::vision {

/// The pixel decoder of Mask2Former and OneFormer.
struct PixelDecoderConfig {
  std::int64_t features = 256, maskFeatures = 256, heads = 8, ffn = 1024, layers = 6;
  std::int64_t fineLevels = 1;  ///< backbone maps that are only added at the end, without attention
};

/// Mask2Former (Cheng et al. 2022) and OneFormer (Jain et al. 2023).
struct Mask2FormerConfig {
  PixelDecoderConfig pixels;
  std::int64_t hidden = 256, heads = 8, ffn = 2048, layers = 9, queries = 100, labels = 2;
  double normEps = 1e-5;
  std::string activation = "relu";
  bool preNorm = false;
  bool auxiliaryOutputs = false;  ///< the predictions before each layer are outputs, too
  // OneFormer only
  std::int64_t taskLength = 77;  ///< ids of the text that names the task
  std::int64_t queryLayers = 2;  ///< layers that make queries of the task and the picture
  bool taskNorm = true;
  bool auxiliary = true;  ///< hidden states are outputs of the head, too

  static Mask2FormerConfig read(const JsonField& config);
};

/// MaskFormer (Cheng et al. 2021): DETR's decoder over the coarsest map of a feature pyramid.
struct MaskFormerConfig {
  std::int64_t features = 256, maskFeatures = 256, labels = 2;
  DetrConfig decoder;

  static MaskFormerConfig read(const JsonField& config);
};

/// UPerNet (Xiao et al. 2018): a feature pyramid with pyramid pooling on top.
struct UperNetConfig {
  std::int64_t hidden = 512, labels = 2;
  std::vector<std::int64_t> poolScales;

  static UperNetConfig read(const JsonField& config);
};

ModelShape mask2FormerShape(const JsonField& config);  ///< mask2former, oneformer
ModelShape maskFormerShape(const JsonField& config);
ModelShape uperNetShape(const JsonField& config);

}  // namespace orrery::models::vision
