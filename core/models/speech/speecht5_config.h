#pragma once

#include "core/models/speech/hifi_gan_config.h"
#include "core/models/speech/wav2vec2_config.h"

namespace orrery::models::speech {

/// SpeechT5 (Ao et al. 2022). A config's fields, by transformers' names and with its defaults.
struct SpeechT5Config {
  struct Stack {
    std::int64_t layers = 0, heads = 0, ffn = 0;
  };

  std::int64_t vocab = 81, hidden = 768;
  Stack encoder, decoder;
  std::string activation = "gelu";
  double normEps = 1e-5;
  std::int64_t maxDistance = 160;  ///< beyond it the encoder tells no distances apart
  bool scalesEmbeddings = false;   ///< of the text decoder, by the root of the hidden size
  std::int64_t padToken = 1;
  std::int64_t maxText = 450, maxSpeech = 4000;  ///< positions of texts and of spectrograms
  // the encoder of sounds
  WaveFeaturesConfig features;
  WavePositionsConfig positions;
  bool hidesFrames = false;  ///< the checkpoint has a vector for frames that training hides
  // the decoder of spectrograms
  std::int64_t bins = 80;      ///< of a frame
  std::int64_t reduction = 2;  ///< frames of one step
  std::int64_t speaker = 512;  ///< width of a speaker's embedding
  std::int64_t prenetLayers = 2, prenetUnits = 256;
  double prenetDropout = 0.5;  ///< of inference as well: a share of what is kept
  std::int64_t postnetLayers = 5, postnetUnits = 256, postnetKernel = 5;

  static SpeechT5Config read(const JsonField& config);
};

ModelShape speechT5Shape(const JsonField& config);

/// The vocoder of SpeechT5, a model of its own.
struct VocoderConfig {
  HifiGanConfig generator;
  std::int64_t samplingRate = 16'000;
  bool normalizes = true;  ///< the checkpoint's mean and scale of each bin are taken out first

  static VocoderConfig read(const JsonField& config);
};

ModelShape vocoderShape(const JsonField& config);

}  // namespace orrery::models::speech
