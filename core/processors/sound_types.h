#pragma once

#include <memory>
#include <string_view>

#include "core/base/json.h"
#include "core/processors/feature_extractor.h"
#include "core/processors/sound_batch.h"

namespace orrery::processors {

/// What the files of all feature extractors say.
struct SoundSettings {
  int featureSize = 1, samplingRate = 0;
  double paddingValue = 0;
  bool padsLeft = false;
  bool returnAttentionMask = false;
  bool doNormalize = false;
};

/// Reads them; what the file lacks, or says null of, is as in `otherwise`.
SoundSettings readSoundSettings(const JsonField& file, const SoundSettings& otherwise);

/// A whole number of a file, within 1 and `most`.
int countIn(const JsonField& file, std::string_view key, int otherwise, int most = 1 << 20);
/// A number of a file that is finite.
double numberIn(const JsonField& file, std::string_view key, double otherwise);

/// Makes the extractor of one type from its file.
using MakeExtractor = std::unique_ptr<const FeatureExtractor> (*)(const JsonField& file);

// A file each.
std::unique_ptr<const FeatureExtractor> makeAst(const JsonField& file);
std::unique_ptr<const FeatureExtractor> makeClap(const JsonField& file);
std::unique_ptr<const FeatureExtractor> makeSeamlessM4T(const JsonField& file);
std::unique_ptr<const FeatureExtractor> makeSpeechT5(const JsonField& file);
std::unique_ptr<const FeatureExtractor> makeWav2Vec2(const JsonField& file);
std::unique_ptr<const FeatureExtractor> makeWhisper(const JsonField& file);

/// input_values [sounds, samples] and attention_mask of waveforms as they are, which Wav2Vec2 and
/// SpeechT5 take.
std::map<std::string, at::Tensor> waveformFeatures(std::span<const std::vector<float>> sounds,
                                                   const SoundSettings& settings,
                                                   const FeatureOptions& options);

/// Kaldi's filter banks of 25 ms every 10 ms at 16 kHz, natural logarithms, which SeamlessM4T and
/// AST use with different windows.
class Spectrogram;
Spectrogram kaldiFilterBank(int samplingRate, int melBins, std::string_view window);

}  // namespace orrery::processors
