#pragma once

#include <array>
#include <string>

#include "core/models/text/encoder_config.h"
#include "core/models/vision/swin_config.h"

namespace orrery::models::speech {

/// CLAP (Wu et al. 2023): what its audio tower, HTSAT (Chen et al. 2022), says: a Swin over a
/// spectrogram that is folded into a square.
struct ClapAudioConfig {
  vision::SwinConfig swin;
  std::int64_t mels = 64, side = 256;  ///< bins of a spectrogram; side of the square
  std::array<std::int64_t, 2> stride{4, 4};
  bool patchNorm = true;
  bool fusion = false;           ///< long sounds are seen as a whole and in three pieces
  std::int64_t fusionRatio = 4;  ///< by which the fusion's nets are narrower
  std::int64_t pooled = 768;     ///< width of what stands for a sound

  /// Strips of the spectrogram that lie above each other in the square.
  std::int64_t strips() const { return side / mels; }
};

/// A CLAP model. Configs' fields, by transformers' names and with its defaults.
struct ClapConfig {
  text::EncoderConfig text;
  ClapAudioConfig audio;
  std::int64_t projection = 512;  ///< width of embeddings
  std::string projectionActivation = "relu";

  static ClapConfig read(const JsonField& config);
};

ModelShape clapShape(const JsonField& config);

}  // namespace orrery::models::speech
