#pragma once

#include "core/models/vision/vit_config.h"

namespace orrery::models::speech {

/// The audio spectrogram transformer (Gong et al. 2021): a ViT over overlapping patches of a
/// spectrogram. A config's fields, by transformers' names and with its defaults.
struct SpectrogramTransformerConfig {
  vision::VitLayerConfig layer;
  std::int64_t layers = 12, patch = 16, frequencyStride = 10, timeStride = 10;
  std::int64_t frames = 1024, mels = 128;  ///< of a spectrogram
  std::int64_t labels = 2;

  /// Patches of a spectrogram.
  std::int64_t patches() const {
    return ((mels - patch) / frequencyStride + 1) * ((frames - patch) / timeStride + 1);
  }

  static SpectrogramTransformerConfig read(const JsonField& config);
};

ModelShape spectrogramTransformerShape(const JsonField& config);

}  // namespace orrery::models::speech
