// Wav2Vec2FeatureExtractor: waveforms as they are, or with mean 0 and variance 1.

#include "core/processors/sound_types.h"

namespace orrery::processors {
namespace {

class Wav2Vec2 : public FeatureExtractor {
 public:
  explicit Wav2Vec2(const SoundSettings& settings) : settings_(settings) {}

  std::string_view type() const override { return "Wav2Vec2FeatureExtractor"; }
  int samplingRate() const override { return settings_.samplingRate; }
  int hopLength() const override { return 1; }

  std::map<std::string, at::Tensor> process(std::span<const std::vector<float>> sounds,
                                            const FeatureOptions& options) const override {
    return waveformFeatures(sounds, settings_, options);
  }

 private:
  SoundSettings settings_;
};

}  // namespace

std::map<std::string, at::Tensor> waveformFeatures(std::span<const std::vector<float>> sounds,
                                                   const SoundSettings& settings,
                                                   const FeatureOptions& options) {
  const BatchRule rule =
      batchRule(options, {.paddingValue = settings.paddingValue, .padsLeft = settings.padsLeft});
  SoundBatch batch = batched(soundTensors(sounds), rule);
  const bool masked = options.returnAttentionMask.value_or(settings.returnAttentionMask);
  if (settings.doNormalize)
    normalize(batch.values, masked && rule.padding != SoundPadding::kNone ? &batch.masks : nullptr,
              settings.paddingValue);
  std::map<std::string, at::Tensor> made{{"input_values", stacked(batch.values)}};
  if (masked) made["attention_mask"] = at::stack(batch.masks);
  return made;
}

std::unique_ptr<const FeatureExtractor> makeWav2Vec2(const JsonField& file) {
  return std::make_unique<Wav2Vec2>(
      readSoundSettings(file, {.samplingRate = 16000, .doNormalize = true}));
}

}  // namespace orrery::processors
