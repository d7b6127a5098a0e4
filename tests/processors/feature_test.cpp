#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/nn/weights.h"
#include "core/processors/feature_extractor.h"
#include "core/processors/spectrogram.h"
#include "tests/processors/reference_cases.h"
#include "tests/support/test_main.h"

#include <QTemporaryDir>
#include <fstream>

using namespace orrery;
using namespace orrery::processors;

namespace {

/// What make_sounds.py wrote.
const test::ReferenceCases cases("sounds");

std::vector<std::vector<float>> read(const Json& names) {
  std::vector<std::vector<float>> sounds;
  for (const auto& name : names) {
    const at::Tensor sound = cases.tensor("sound/" + name.get<std::string>());
    const auto* first = sound.const_data_ptr<float>();
    sounds.emplace_back(first, first + sound.numel());
  }
  return sounds;
}

SoundPadding paddingOf(const std::string& name) {
  if (name == "longest") return SoundPadding::kLongest;
  return name == "max_length" ? SoundPadding::kMaxLength : SoundPadding::kNone;
}

FeatureOptions optionsOf(const Json& json) {
  const JsonField field(json, "options");
  FeatureOptions options;
  if (field.has("padding")) options.padding = paddingOf(field.require<std::string>("padding"));
  if (field.has("max_length")) options.maxLength = field.require<std::int64_t>("max_length");
  if (field.has("truncation")) options.truncation = field.require<bool>("truncation");
  if (field.has("pad_to_multiple_of"))
    options.padToMultipleOf = field.require<std::int64_t>("pad_to_multiple_of");
  if (field.has("return_attention_mask"))
    options.returnAttentionMask = field.require<bool>("return_attention_mask");
  for (const char* name : {"do_normalize", "do_normalize_per_mel_bins"})
    if (field.has(name)) options.doNormalize = field.require<bool>(name);
  options.isTarget = field.get<bool>("audio_target", false);
  return options;
}

std::unique_ptr<const FeatureExtractor> made(const std::string& text) {
  const Json json = parseJson(text, "file");
  return FeatureExtractor::fromFile(JsonField(json, "file"), "/nowhere");
}

using Sounds = std::vector<std::vector<float>>;

std::string errorOf(const std::string& text, std::size_t samples = 1000) {
  try {
    const Sounds sounds{std::vector<float>(samples)};
    made(text)->process(sounds, {.padding = SoundPadding::kNone});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

constexpr const char* kRandomCut =
    R"({"feature_extractor_type": "ClapFeatureExtractor", "truncation": "rand_trunc",
        "max_length_s": 1, "sampling_rate": 8000})";

}  // namespace

/// Feature extractors and what they are made of against transformers.
class FeatureExtractorTest : public QObject {
  Q_OBJECT

 private slots:
  void TensorsAreTransformers_data() { cases.addRows(); }
  void TensorsAreTransformers() {
    QFETCH(int, index);
    const Json& one = cases.list()[index];
    const auto extractor =
        FeatureExtractor::load(cases.folder() / one["folder"].get<std::string>());
    const auto tensors = extractor->process(read(one["sounds"]), optionsOf(one["options"]));
    cases.compareAll(tensors, one);
  }
  void SpectrogramsAreTransformers() {
    const auto check = [](int index, SpectrogramSettings settings) {
      if (settings.fftLength == 0) settings.fftLength = settings.frameLength;
      const Spectrogram spectrogram(settings, windowFunction(settings.frameLength, "hann"), {});
      cases.compare(spectrogram.compute(cases.tensor("sound/tone")),
                    "spectrogram/" + std::to_string(index));
    };
    check(0, {.frameLength = 400, .hopLength = 160});
    check(1, {.frameLength = 400,
              .hopLength = 100,
              .fftLength = 512,
              .power = 2,
              .log = LogScale::kNatural});
    check(2, {.frameLength = 321,
              .hopLength = 77,
              .center = false,
              .log = LogScale::kDecibel,
              .reference = 2,
              .minValue = 1e-4,
              .dbRange = 40});
    check(3, {.frameLength = 512,
              .hopLength = 512,
              .power = 2,
              .removeDcOffset = true,
              .log = LogScale::kDecibel,
              .dbRange = 60});
    check(4, {.frameLength = 256,
              .hopLength = 64,
              .power = 2,
              .preemphasis = 0.9,
              .log = LogScale::kTen});
  }
  void FilterBanksAndWindowsAreTransformers() {
    const MelFilters banks[] = {{40, 0, 8000, MelScale::kHtk},
                                {40, 20, 7000, MelScale::kSlaney, true},
                                {40, 20, 8000, MelScale::kKaldi, false, true},
                                {40, 60, 3000, MelScale::kHtk, true, true}};
    for (std::size_t i = 0; i < std::size(banks); ++i)
      cases.compare(melFilterBank(banks[i], 201, 16000), "bank/" + std::to_string(i));
    cases.compare(windowFunction(400, "hann"), "window/0");
    cases.compare(windowFunction(401, "hamming", false), "window/1");
    cases.compare(windowFunction(25, "povey", false), "window/2");
    cases.compare(windowFunction(32, "boxcar"), "window/3");
    cases.compare(windowFunction(1, "hann"), "window/4");
  }
  void CepstralCoefficientsAreTheCosineTransform() {
    cases.compare(mfcc(cases.tensor("mfcc/mel"), 13), "mfcc/expected");
  }
  void ShortSoundsAreMirroredSeveralTimes() {
    const at::Tensor mirrored = at::tensor({1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1}).to(at::kFloat);
    QVERIFY(at::equal(reflected(at::arange(3, at::kFloat), 5), mirrored));
    QVERIFY(at::equal(reflected(at::ones({1}), 2), at::ones({5})));
  }
  void SeedDecidesWhereALongSoundIsCut() {
    std::vector<float> sound(8000 + 50);
    for (std::size_t i = 0; i < sound.size(); ++i) sound[i] = static_cast<float>(i % 97) / 97;
    const auto extractor = made(kRandomCut);
    const auto features = [&](std::uint64_t seed) {
      const Sounds sounds{sound};
      return extractor->process(sounds, {.seed = seed}).at("input_features");
    };
    QVERIFY(at::equal(features(3), features(3)));
    // Each is the spectrogram of some cut of a second.
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      bool isCut = false;
      for (std::ptrdiff_t first = 0; first <= 50 && !isCut; ++first) {
        const Sounds cuts{std::vector<float>(sound.begin() + first, sound.begin() + first + 8000)};
        isCut = at::equal(features(seed), extractor->process(cuts).at("input_features"));
      }
      QVERIFY(isCut);
    }
    QVERIFY(!at::equal(features(0), features(1)) || !at::equal(features(1), features(2)));
  }
  void FaultsOfFilesAreNamed_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    const auto add = [](const char* name, const char* text, const char* says) {
      QTest::newRow(name) << text << says;
    };
    add("unknown type", R"({"feature_extractor_type": "FooFeatureExtractor"})",
        "file: \"FooFeatureExtractor\" is no known feature extractor; there are ASTFeatureExtra");
    add("no type", "{}", "file: feature_extractor_type: is missing");
    add("no object", "[]", "file: expected an object");
    add("unknown field", R"({"feature_extractor_type": "WhisperFeatureExtractor", "loudness": 1})",
        "file: \"loudness\": no feature extractor knows this field");
    add("wrong kind", R"({"feature_extractor_type": "WhisperFeatureExtractor", "n_fft": "big"})",
        "file.n_fft: expected an integer, found \"big\"");
    add("out of range", R"({"feature_extractor_type": "WhisperFeatureExtractor", "hop_length": 0})",
        "file.hop_length: expected 1 to 65536, found 0");
    add("unknown window",
        R"({"feature_extractor_type": "SpeechT5FeatureExtractor", "win_function": "kaiser"})",
        "file: \"kaiser\" is no known window");
    add("no range of mel",
        R"({"feature_extractor_type": "ClapFeatureExtractor", "frequency_min": 20000})",
        "file: mel bands from 20000 Hz to 14000 Hz are no range");
    add("unknown way to cut",
        R"({"feature_extractor_type": "ClapFeatureExtractor", "truncation": "half"})",
        "file.truncation: expected one of fusion, rand_trunc, found \"half\"");
    add("unknown side",
        R"({"feature_extractor_type": "Wav2Vec2FeatureExtractor", "padding_side": "top"})",
        "file.padding_side: expected \"left\" or \"right\", found \"top\"");
  }
  void FaultsOfFilesAreNamed() {
    QFETCH(QString, text);
    QFETCH(QString, says);
    const std::string error = errorOf(text.toStdString());
    QVERIFY2(error.starts_with(says.toStdString()), error.c_str());
  }
  void SoundsThatAreTooShortAreRefused() {
    for (const char* type : {"Whisper", "SeamlessM4T", "AST"}) {
      const std::string error = errorOf(
          R"({"feature_extractor_type": ")" + std::string(type) + R"(FeatureExtractor"})", 150);
      QVERIFY2(error.starts_with("a sound of 150 samples is too short"), error.c_str());
    }
    QCOMPARE(errorOf(R"({"feature_extractor_type": "Wav2Vec2FeatureExtractor"})", 0),
             std::string("a sound has no samples"));
  }
  void LengthsThatDifferNeedPadding() {
    const auto extractor = made(R"({"feature_extractor_type": "Wav2Vec2FeatureExtractor"})");
    const Sounds sounds{std::vector<float>(10), std::vector<float>(11)};
    QVERIFY_EXCEPTION_THROWN(extractor->process(sounds), Error);
    QVERIFY_EXCEPTION_THROWN(extractor->process(sounds, {.padding = SoundPadding::kMaxLength}),
                             Error);
    QCOMPARE(
        extractor->process(sounds, {.padding = SoundPadding::kLongest}).at("input_values").size(1),
        std::int64_t{11});
  }
  void ImageProcessorsAreTold() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    std::ofstream(path / "preprocessor_config.json")
        << R"({"feature_extractor_type": "ViTFeatureExtractor"})";
    QVERIFY(!hasFeatureExtractor(path));
    std::ofstream(path / "processor_config.json")
        << R"({"feature_extractor": {"feature_extractor_type": "WhisperFeatureExtractor"}})";
    QVERIFY(hasFeatureExtractor(path));
    QCOMPARE(FeatureExtractor::load(path)->hopLength(), 160);
  }
};

ORRERY_TEST(FeatureExtractorTest)
#include "feature_test.moc"
