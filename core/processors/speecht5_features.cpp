// SpeechT5FeatureExtractor: waveforms to be understood, and mel spectrograms to be spoken.

#include <bit>

#include "core/base/error.h"
#include "core/processors/sound_types.h"
#include "core/processors/spectrogram.h"

namespace orrery::processors {
namespace {

struct SpeechT5Settings {
  SoundSettings sound;
  int melBins = 80;
  int frameLength = 0, hopLength = 0;  ///< samples
  std::string window = "hann_window";
  double minFrequency = 80, maxFrequency = 7600, melFloor = 1e-10;
};

Spectrogram spectrogramOf(const SpeechT5Settings& settings) {
  const auto length = static_cast<unsigned>(settings.frameLength);
  const int transform = static_cast<int>(std::bit_ceil(length));
  const MelFilters filters{settings.melBins, settings.minFrequency, settings.maxFrequency,
                           MelScale::kSlaney, true};
  const SpectrogramSettings made{.frameLength = settings.frameLength,
                                 .hopLength = settings.hopLength,
                                 .fftLength = transform,
                                 .melFloor = settings.melFloor,
                                 .log = LogScale::kTen};
  return {made, windowFunction(settings.frameLength, settings.window),
          melFilterBank(filters, transform / 2 + 1, settings.sound.samplingRate)};
}

class SpeechT5 : public FeatureExtractor {
 public:
  explicit SpeechT5(const SpeechT5Settings& settings)
      : settings_(settings), spectrogram_(spectrogramOf(settings)) {}

  std::string_view type() const override { return "SpeechT5FeatureExtractor"; }
  int samplingRate() const override { return settings_.sound.samplingRate; }
  int hopLength() const override { return settings_.hopLength; }

  std::map<std::string, at::Tensor> process(std::span<const std::vector<float>> sounds,
                                            const FeatureOptions& options) const override {
    if (!options.isTarget) return waveformFeatures(sounds, settings_.sound, options);
    std::vector<at::Tensor> features;
    for (const at::Tensor& sound : soundTensors(sounds))
      features.push_back(spectrogram_.compute(sound).t());
    const SoundBatch batch = batched(
        std::move(features), batchRule(options, {.paddingValue = settings_.sound.paddingValue,
                                                 .padsLeft = settings_.sound.padsLeft}));
    std::map<std::string, at::Tensor> made{{"input_values", stacked(batch.values).contiguous()}};
    if (options.returnAttentionMask.value_or(settings_.sound.returnAttentionMask))
      made["attention_mask"] = at::stack(batch.masks);
    return made;
  }

 private:
  SpeechT5Settings settings_;
  Spectrogram spectrogram_;
};

/// A length in milliseconds as samples.
int samplesIn(const JsonField& file, std::string_view key, int milliseconds, int samplingRate) {
  constexpr std::int64_t kMost = 1 << 16;
  const std::int64_t samples =
      std::int64_t{countIn(file, key, milliseconds, 60'000)} * samplingRate / 1000;
  if (samples < 1 || samples > kMost)
    throw Error(ErrorKind::kInvalidInput, "is {} samples; expected 1 to {}", samples, kMost)
        .in(key)
        .in(file.name());
  return static_cast<int>(samples);
}

}  // namespace

std::unique_ptr<const FeatureExtractor> makeSpeechT5(const JsonField& file) {
  SpeechT5Settings settings;
  settings.sound = readSoundSettings(file, {.samplingRate = 16000, .returnAttentionMask = true});
  settings.melBins = countIn(file, "num_mel_bins", settings.melBins, 4096);
  settings.hopLength = samplesIn(file, "hop_length", 16, settings.sound.samplingRate);
  settings.frameLength = samplesIn(file, "win_length", 64, settings.sound.samplingRate);
  settings.window = file.get<std::string>("win_function", settings.window);
  settings.minFrequency = numberIn(file, "fmin", settings.minFrequency);
  settings.maxFrequency = numberIn(file, "fmax", settings.maxFrequency);
  settings.melFloor = numberIn(file, "mel_floor", settings.melFloor);
  return withContext(file.name(), [&] { return std::make_unique<SpeechT5>(settings); });
}

}  // namespace orrery::processors
