// ClapFeatureExtractor: mel spectrograms of ten seconds, where longer sounds are cut at random or
// seen as four pictures: the whole and three cuts.

#include <array>
#include <random>

#include "core/base/error.h"
#include "core/processors/sound_types.h"
#include "core/processors/spectrogram.h"

namespace orrery::processors {
namespace {

enum class ShortSound { kPad, kRepeat, kRepeatPad };

struct ClapSettings {
  SoundSettings sound;
  int fftLength = 1024, hopLength = 480, maxSeconds = 10;
  double minFrequency = 0, maxFrequency = 14000;
  bool fusion = true;
  ShortSound shortSound = ShortSound::kRepeatPad;
};

Spectrogram spectrogramOf(const ClapSettings& settings) {
  const int length = settings.fftLength;
  // The authors' two libraries differed in their filters.
  const MelFilters filters{settings.sound.featureSize, settings.minFrequency, settings.maxFrequency,
                           settings.fusion ? MelScale::kHtk : MelScale::kSlaney, !settings.fusion};
  const SpectrogramSettings made{.frameLength = length,
                                 .hopLength = settings.hopLength,
                                 .fftLength = length,
                                 .power = 2,
                                 .log = LogScale::kDecibel};
  return {made, windowFunction(length, "hann"),
          melFilterBank(filters, length / 2 + 1, settings.sound.samplingRate)};
}

class Clap : public FeatureExtractor {
 public:
  explicit Clap(const ClapSettings& settings)
      : settings_(settings), spectrogram_(spectrogramOf(settings)) {}

  std::string_view type() const override { return "ClapFeatureExtractor"; }
  int samplingRate() const override { return settings_.sound.samplingRate; }
  int hopLength() const override { return settings_.hopLength; }

  /// input_features [sounds, 4 or 1, frames, bins]; is_longer [sounds, 1]
  std::map<std::string, at::Tensor> process(std::span<const std::vector<float>> sounds,
                                            const FeatureOptions& options) const override {
    std::mt19937_64 random(options.seed);
    const std::int64_t length = options.maxLength.value_or(std::int64_t{settings_.maxSeconds} *
                                                           settings_.sound.samplingRate);
    if (length < 1) throw Error(ErrorKind::kInvalidInput, "expected at least 1").in("max_length");
    std::vector<at::Tensor> all;
    at::Tensor longer = at::zeros({static_cast<std::int64_t>(sounds.size()), 1}, at::kBool);
    for (const at::Tensor& sound : soundTensors(sounds)) {
      const auto [values, isLonger] = picture(sound, length, random);
      longer[static_cast<std::int64_t>(all.size())].fill_(isLonger);
      all.push_back(values);
    }
    // The model's fusion needs at least one.
    if (settings_.fusion && !longer.any().item<bool>())
      longer[drawn(random, longer.size(0))].fill_(true);
    return {{"input_features", stacked(all)}, {"is_longer", longer}};
  }

 private:
  /// One of 0 … count - 1.
  static std::int64_t drawn(std::mt19937_64& random, std::int64_t count) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(count));
  }

  std::pair<at::Tensor, bool> picture(const at::Tensor& sound, std::int64_t length,
                                      std::mt19937_64& random) const {
    const std::int64_t over = sound.numel() - length;
    if (over <= 0) {
      const at::Tensor mel = spectrogram_.compute(filled(sound, length)).t();
      return {mel.expand({settings_.fusion ? 4 : 1, -1, -1}), false};
    }
    if (!settings_.fusion) {
      const at::Tensor cut = sound.narrow(0, drawn(random, over + 1), length);
      return {spectrogram_.compute(cut).t().unsqueeze(0), true};
    }
    const at::Tensor mel = spectrogram_.compute(sound).t();
    const std::int64_t frames = length / settings_.hopLength + 1;
    if (mel.size(0) <= frames) return {mel.expand({4, -1, -1}), false};
    return {fused(mel, frames, random), true};
  }

  at::Tensor filled(const at::Tensor& sound, std::int64_t length) const {
    at::Tensor made = sound;
    const std::int64_t times = length / sound.numel();
    if (settings_.shortSound == ShortSound::kRepeat)
      made = made.repeat({times + 1}).slice(0, 0, length);
    else if (settings_.shortSound == ShortSound::kRepeatPad)
      made = made.repeat({times});
    return at::constant_pad_nd(made, {0, length - made.numel()});
  }

  /// The whole, shrunk, and a cut from each third of the places where one may begin.
  static at::Tensor fused(const at::Tensor& mel, std::int64_t frames, std::mt19937_64& random) {
    constexpr std::int64_t kBins = 64;  // transformers', whatever feature_size says
    const std::int64_t places = mel.size(0) - frames + 1;
    std::vector<at::Tensor> made{
        at::upsample_bilinear2d(mel.unsqueeze(0).unsqueeze(0).contiguous(), {frames, kBins}, false)
            .squeeze(0)
            .squeeze(0)};
    std::int64_t first = 0;
    for (std::int64_t third = 0; third < 3; ++third) {
      const std::int64_t count = places / 3 + (third < places % 3 ? 1 : 0);
      const std::int64_t place = count == 0 ? 0 : first + drawn(random, count);
      made.push_back(mel.narrow(0, place, frames));
      first += count;
    }
    return stacked(made);
  }

  ClapSettings settings_;
  Spectrogram spectrogram_;
};

/// One of the words that a field may be.
template <class T, std::size_t N>
T choice(const JsonField& file, std::string_view key, T otherwise,
         const std::array<std::pair<std::string_view, T>, N>& words) {
  const auto field = file.find(key);
  if (!field) return otherwise;
  const auto word = field->as<std::string>();
  std::string names;
  for (const auto& [name, value] : words) {
    if (name == word) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  throw field->error(fmt::format("expected one of {}, found {}", names, quoted(word)));
}

}  // namespace

std::unique_ptr<const FeatureExtractor> makeClap(const JsonField& file) {
  using namespace std::string_view_literals;
  constexpr std::array kTruncation{std::pair{"fusion"sv, true}, std::pair{"rand_trunc"sv, false}};
  constexpr std::array kPadding{std::pair{"repeatpad"sv, ShortSound::kRepeatPad},
                                std::pair{"repeat"sv, ShortSound::kRepeat},
                                std::pair{"pad"sv, ShortSound::kPad}};
  constexpr int kMostFrame = 1 << 16;
  ClapSettings settings;
  settings.sound = readSoundSettings(file, {.featureSize = 64, .samplingRate = 48000});
  settings.fftLength = countIn(file, "fft_window_size", settings.fftLength, kMostFrame);
  settings.hopLength = countIn(file, "hop_length", settings.hopLength, kMostFrame);
  settings.maxSeconds = countIn(file, "max_length_s", settings.maxSeconds, 3600);
  settings.minFrequency = numberIn(file, "frequency_min", settings.minFrequency);
  settings.maxFrequency = numberIn(file, "frequency_max", settings.maxFrequency);
  settings.fusion = choice(file, "truncation", settings.fusion, kTruncation);
  settings.shortSound = choice(file, "padding", settings.shortSound, kPadding);
  return withContext(file.name(), [&] { return std::make_unique<Clap>(settings); });
}

}  // namespace orrery::processors
