// WhisperFeatureExtractor: logarithmic mel spectrograms of 30 seconds.

#include "core/base/error.h"
#include "core/processors/sound_types.h"
#include "core/processors/spectrogram.h"

namespace orrery::processors {
namespace {

struct WhisperSettings {
  SoundSettings sound;
  int fftLength = 400, hopLength = 160, chunkLength = 30;
  double dither = 0;
};

Spectrogram spectrogramOf(const WhisperSettings& settings) {
  const int length = settings.fftLength;
  const MelFilters filters{settings.sound.featureSize, 0, 8000, MelScale::kSlaney, true};
  const SpectrogramSettings made{.frameLength = length,
                                 .hopLength = settings.hopLength,
                                 .fftLength = length,
                                 .power = 2,
                                 .dither = settings.dither,
                                 .log = LogScale::kTen,
                                 .precision = at::kFloat};
  return {made, windowFunction(length, "hann"),
          melFilterBank(filters, length / 2 + 1, settings.sound.samplingRate)};
}

class Whisper : public FeatureExtractor {
 public:
  explicit Whisper(const WhisperSettings& settings)
      : settings_(settings), spectrogram_(spectrogramOf(settings)) {}

  std::string_view type() const override { return "WhisperFeatureExtractor"; }
  int samplingRate() const override { return settings_.sound.samplingRate; }
  int hopLength() const override { return settings_.hopLength; }

  std::map<std::string, at::Tensor> process(std::span<const std::vector<float>> sounds,
                                            const FeatureOptions& options) const override {
    const SoundSettings& sound = settings_.sound;
    const BatchRule rule =
        batchRule(options, {.padding = SoundPadding::kMaxLength,
                            .maxLength = std::int64_t{settings_.chunkLength} * sound.samplingRate,
                            .truncation = true,
                            .paddingValue = sound.paddingValue,
                            .padsLeft = sound.padsLeft});
    SoundBatch batch = batched(soundTensors(sounds), rule);
    const bool normalized = options.doNormalize.value_or(false);
    if (normalized) normalize(batch.values, &batch.masks, sound.paddingValue);
    std::map<std::string, at::Tensor> made{
        {"input_features", logMel(stacked(batch.values), options.seed)}};
    const at::Tensor mask = at::stack(batch.masks);
    if (options.returnAttentionMask.value_or(false))
      made["attention_mask"] = frameMask(mask);
    else if (options.doNormalize.value_or(sound.returnAttentionMask))
      made["attention_mask"] = mask;  // one value a sample, as transformers leaves it then
    return made;
  }

 private:
  /// [sounds, mel bins, frames] of [sounds, samples]
  at::Tensor logMel(const at::Tensor& waves, std::uint64_t seed) const {
    if (waves.size(1) <= settings_.fftLength / 2 || waves.size(1) < settings_.hopLength)
      throw Error(ErrorKind::kInvalidInput,
                  "a sound of {} samples is too short; expected more than {}, or padding",
                  waves.size(1), settings_.fftLength / 2);
    std::vector<at::Tensor> all;
    for (const at::Tensor& wave : waves.unbind()) {
      // The last frame lies half behind the end.
      at::Tensor values = spectrogram_.compute(wave, seed).slice(1, 0, -1);
      values = at::clamp_min(values, values.max().item<float>() - 8.0);
      all.push_back(values.add_(4).div_(4));
    }
    return at::stack(all);
  }

  at::Tensor frameMask(const at::Tensor& mask) const {
    const at::Tensor frames = mask.slice(1, 0, c10::nullopt, settings_.hopLength);
    const bool whole = mask.size(1) % settings_.hopLength == 0;
    return (whole ? frames : frames.slice(1, 0, -1)).contiguous();
  }

  WhisperSettings settings_;
  Spectrogram spectrogram_;
};

}  // namespace

std::unique_ptr<const FeatureExtractor> makeWhisper(const JsonField& file) {
  constexpr int kMostFrame = 1 << 16;
  WhisperSettings settings;
  settings.sound = readSoundSettings(file, {.featureSize = 80, .samplingRate = 16000});
  settings.fftLength = countIn(file, "n_fft", settings.fftLength, kMostFrame);
  settings.hopLength = countIn(file, "hop_length", settings.hopLength, kMostFrame);
  settings.chunkLength = countIn(file, "chunk_length", settings.chunkLength, 3600);
  settings.dither = numberIn(file, "dither", 0);
  return std::make_unique<Whisper>(settings);
}

}  // namespace orrery::processors
