// SeamlessM4TFeatureExtractor and ASTFeatureExtractor: filter banks as Kaldi makes them.

#include "core/base/error.h"
#include "core/processors/sound_types.h"
#include "core/processors/spectrogram.h"

namespace orrery::processors {
namespace {

struct SeamlessSettings {
  SoundSettings sound;
  int melBins = 80, stride = 2;
};

class SeamlessM4T : public FeatureExtractor {
 public:
  explicit SeamlessM4T(const SeamlessSettings& settings)
      : settings_(settings),
        spectrogram_(kaldiFilterBank(settings.sound.samplingRate, settings.melBins, "povey")) {}

  std::string_view type() const override { return "SeamlessM4TFeatureExtractor"; }
  int samplingRate() const override { return settings_.sound.samplingRate; }
  int hopLength() const override { return 160 * settings_.stride; }

  std::map<std::string, at::Tensor> process(std::span<const std::vector<float>> sounds,
                                            const FeatureOptions& options) const override {
    std::vector<at::Tensor> features;
    for (const at::Tensor& sound : soundTensors(sounds))
      features.push_back(filterBank(sound, options.doNormalize.value_or(true)));
    const SoundBatch batch = batched(
        std::move(features), batchRule(options, {.padding = SoundPadding::kLongest,
                                                 .padToMultipleOf = 2,
                                                 .paddingValue = settings_.sound.paddingValue,
                                                 .padsLeft = settings_.sound.padsLeft}));
    const at::Tensor all = stacked(batch.values);
    const std::int64_t stride = settings_.stride, steps = all.size(1) / stride;
    std::map<std::string, at::Tensor> made{
        {"input_features",
         all.slice(1, 0, steps * stride).reshape({all.size(0), steps, all.size(2) * stride})}};
    if (options.returnAttentionMask.value_or(settings_.sound.returnAttentionMask))
      made["attention_mask"] = strided(at::stack(batch.masks).slice(1, 0, steps * stride));
    return made;
  }

 private:
  /// [frames, bins]; each bin with mean 0 and variance 1 over time where `normalized`.
  at::Tensor filterBank(const at::Tensor& sound, bool normalized) const {
    constexpr double kSixteenBits = 1 << 15;
    at::Tensor values = spectrogram_.compute(sound * kSixteenBits).t();
    if (!normalized) return values;
    if (values.size(0) < 2)
      throw Error(ErrorKind::kInvalidInput, "a sound of {} samples is too short: it has one frame",
                  sound.numel());
    const at::Tensor exact = values.to(at::kDouble);
    const at::Tensor spread = (exact.var(0, /*unbiased=*/true, /*keepdim=*/true) + 1e-7).sqrt();
    return ((exact - exact.mean(0, true)) / spread).to(at::kFloat);
  }

  /// The second of each `stride` values.
  at::Tensor strided(const at::Tensor& mask) const {
    return (settings_.stride == 1 ? mask.slice(1, 0, 0)
                                  : mask.slice(1, 1, c10::nullopt, settings_.stride))
        .contiguous();
  }

  SeamlessSettings settings_;
  Spectrogram spectrogram_;
};

struct AstSettings {
  SoundSettings sound;
  int melBins = 128, maxLength = 1024;
  double mean = -4.2677393, std = 4.5689974;
};

class Ast : public FeatureExtractor {
 public:
  explicit Ast(const AstSettings& settings)
      : settings_(settings),
        spectrogram_(kaldiFilterBank(settings.sound.samplingRate, settings.melBins, "hann")) {}

  std::string_view type() const override { return "ASTFeatureExtractor"; }
  int samplingRate() const override { return settings_.sound.samplingRate; }
  int hopLength() const override { return 160; }

  /// input_values [sounds, maxLength, bins]; takes no options, as transformers' does not.
  std::map<std::string, at::Tensor> process(std::span<const std::vector<float>> sounds,
                                            const FeatureOptions&) const override {
    std::vector<at::Tensor> features;
    for (const at::Tensor& sound : soundTensors(sounds))
      features.push_back(spectrogram_.compute(sound).t());
    const SoundBatch batch = batched(std::move(features), {.padding = SoundPadding::kMaxLength,
                                                           .maxLength = settings_.maxLength,
                                                           .truncation = true});
    at::Tensor values = stacked(batch.values);
    if (settings_.sound.doNormalize) values = (values - settings_.mean).div_(settings_.std * 2);
    return {{"input_values", values.contiguous()}};
  }

 private:
  AstSettings settings_;
  Spectrogram spectrogram_;
};

}  // namespace

Spectrogram kaldiFilterBank(int samplingRate, int melBins, std::string_view window) {
  constexpr int kFrame = 400, kTransform = 512;
  const MelFilters filters{melBins,          20,    static_cast<double>(samplingRate / 2),
                           MelScale::kKaldi, false, true};
  const SpectrogramSettings settings{.frameLength = kFrame,
                                     .hopLength = 160,
                                     .fftLength = kTransform,
                                     .power = 2,
                                     .center = false,
                                     .preemphasis = 0.97,
                                     .removeDcOffset = true,
                                     .melFloor = 1.192092955078125e-07,
                                     .log = LogScale::kNatural};
  return {settings, windowFunction(kFrame, window, /*periodic=*/false),
          melFilterBank(filters, kTransform / 2 + 1, samplingRate)};
}

std::unique_ptr<const FeatureExtractor> makeSeamlessM4T(const JsonField& file) {
  SeamlessSettings settings;
  settings.sound = readSoundSettings(
      file, {.featureSize = 80, .samplingRate = 16000, .returnAttentionMask = true});
  settings.melBins = countIn(file, "num_mel_bins", settings.melBins, 4096);
  settings.stride = countIn(file, "stride", settings.stride, 4096);
  return std::make_unique<SeamlessM4T>(settings);
}

std::unique_ptr<const FeatureExtractor> makeAst(const JsonField& file) {
  AstSettings settings;
  settings.sound = readSoundSettings(file, {.samplingRate = 16000, .doNormalize = true});
  settings.melBins = countIn(file, "num_mel_bins", settings.melBins, 4096);
  settings.maxLength = countIn(file, "max_length", settings.maxLength, 1 << 16);
  settings.mean = numberIn(file, "mean", settings.mean);
  settings.std = numberIn(file, "std", settings.std);
  if (settings.std == 0) throw file["std"].error("expected a number other than 0");
  return std::make_unique<Ast>(settings);
}

}  // namespace orrery::processors
