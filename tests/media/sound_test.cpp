#include <QTemporaryDir>
#include <array>
#include <cmath>
#include <fstream>
#include <numbers>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/media/av/sound.h"
#include "core/media/wav.h"
#include "tests/support/test_main.h"

using namespace orrery;
using media::SoundReader;

namespace {

constexpr int kRate = 16000;
constexpr std::array kTones{440.0, 1250.0};
constexpr std::array kLoudness{0.4, 0.2};

std::filesystem::path soundsFolder() {
  return std::filesystem::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) / "sounds";
}

std::filesystem::path file(const std::string& name) {
  return soundsFolder() / "files" / name;
}

const Json& files() {
  static const Json json = readJsonFile(soundsFolder() / "files.json");
  return json;
}

/// How loud a tone is in the middle of a sound, whatever its phase.
double loudness(std::span<const float> samples, double hertz) {
  double real = 0, imaginary = 0, weights = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double place = static_cast<double>(i) / static_cast<double>(samples.size());
    const double weight = 1 - std::cos(2 * std::numbers::pi * place);  // both ends count little
    const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / kRate;
    real += weight * samples[i] * std::cos(angle);
    imaginary += weight * samples[i] * std::sin(angle);
    weights += weight;
  }
  return 2 * std::hypot(real, imaginary) / weights;
}

std::string errorOf(const std::filesystem::path& path) {
  try {
    media::readSound(path, kRate);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

/// Sound files of many kinds, which all hold the same two tones.
class SoundTest : public QObject {
  Q_OBJECT

 private slots:
  void ToneComesOut_data() {
    QTest::addColumn<int>("index");
    int index = 0;
    for (const auto& one : files())
      QTest::newRow(one["name"].get<std::string>().c_str()) << index++;
  }
  void ToneComesOut() {
    QFETCH(int, index);
    const Json& one = files()[index];
    const auto path = file(one["name"]);
    const auto samples = media::readSound(path, kRate);
    const auto count = static_cast<double>(samples.size());
    QVERIFY2(std::abs(count - one["samples"].get<double>()) <= 1,
             qPrintable(QString::number(count)));
    const double scale = one["scale"], tolerance = one["tolerance"];
    for (std::size_t i = 0; i < kTones.size(); ++i) {
      const double found = loudness(samples, kTones[i]) / scale;
      QVERIFY2(std::abs(found - kLoudness[i]) <= tolerance,
               qPrintable(QString("%1 Hz: %2").arg(kTones[i]).arg(found)));
    }
    const SoundReader reader = SoundReader::open(path, kRate);
    if (!one["rate"].is_null()) QCOMPARE(reader.info().rate, one["rate"].get<int>());
    QCOMPARE(reader.info().channels, one["channels"].get<int>());
    QVERIFY(!reader.info().codec.empty());
  }
  void PiecesMakeTheWhole() {
    const auto whole = media::readSound(file("mono.ogg"), kRate);
    SoundReader reader = SoundReader::open(file("mono.ogg"), kRate);
    std::vector<float> joined, piece(777);
    while (const std::size_t count = reader.read(piece))
      joined.insert(joined.end(), piece.begin(),
                    piece.begin() + static_cast<std::ptrdiff_t>(count));
    QVERIFY(joined == whole);
  }
  void SeekingFindsTheSample_data() {
    QTest::addColumn<double>("seconds");
    QTest::addColumn<int>("rate");
    for (const int rate : {16000, 22050, 48000})
      for (const double seconds : {0.0, 0.123, 3.7, 5.01, 6.2})
        QTest::addRow("%g s at %d Hz", seconds, rate) << seconds << rate;
  }
  void SeekingFindsTheSample() {
    QFETCH(double, seconds);
    QFETCH(int, rate);
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("long.wav").toStdString();
    std::vector<float> wave;
    for (int i = 0; i < 6 * rate; ++i)
      wave.push_back(0.5F * std::sin(0.00001F * static_cast<float>(i) * static_cast<float>(i)));
    media::writeWav(path, wave, rate);
    const auto whole = media::readSound(path, kRate);
    SoundReader reader = SoundReader::open(path, kRate);
    std::vector<float> found(whole.size());
    reader.seek(seconds);
    found.resize(reader.read(found));
    const auto first =
        std::min(whole.size(), static_cast<std::size_t>(std::lround(seconds * kRate)));
    QCOMPARE(found.size(), whole.size() - first);
    for (std::size_t i = 0; i < found.size(); ++i)
      QVERIFY2(std::abs(found[i] - whole[first + i]) < 1e-6, qPrintable(QString::number(i)));
  }
  void WavKeepsSamplesAndCutsWhatIsTooLoud() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("a.wav").toStdString();
    media::writeWav(path, std::array{0.0F, 0.5F, -1.0F, 2.0F, -7.0F, std::nanf("")}, kRate);
    const std::vector<float> expected{0, 0.5F, -1, 32767 / 32768.0F, -1, 0};
    QVERIFY(media::readSound(path, kRate) == expected);
  }
  void SamplesThatAreNoNumbersAreSilence() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("odd.wav").toStdString();
    const std::array samples{0.5F, std::nanf(""), 0.25F, HUGE_VALF, -HUGE_VALF, -0.5F};
    std::string bytes = "RIFF....WAVEfmt ";
    const auto put = [&](auto... numbers) {
      (bytes.append(reinterpret_cast<const char*>(&numbers), sizeof numbers), ...);
    };
    constexpr std::uint16_t kFloats = 3, kChannels = 1, kBytes = 4, kBits = 32;
    put(std::uint32_t{16}, kFloats, kChannels, std::uint32_t{kRate}, std::uint32_t{kRate * kBytes},
        kBytes, kBits);
    bytes += "data";
    put(static_cast<std::uint32_t>(sizeof samples), samples);
    std::ofstream(path, std::ios::binary) << bytes;
    const std::vector<float> expected{0.5F, 0, 0.25F, 0, 0, -0.5F};
    QVERIFY(media::readSound(path, kRate) == expected);
  }
  void FileThatIsCutGivesWhatIsThere() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("cut.wav").toStdString();
    std::ofstream(path, std::ios::binary) << readTextFile(file("s16.wav")).substr(0, 44 + 2 * 2205);
    QCOMPARE(media::readSound(path, 22050).size(), std::size_t{2205});
  }
  void FileWithoutSoundIsNamed_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("says");
    QTest::newRow("empty") << QByteArray() << "is empty; expected a sound or video file";
    QTest::newRow("text") << QByteArray("hello") << "is no sound or video that FFmpeg can read";
    const std::string m4a = readTextFile(file("mono.m4a"));
    QTest::newRow("cut before the index")
        << QByteArray(m4a.data(), 1000) << "is no sound or video that FFmpeg can read";
    const std::string flac = readTextFile(file("mono.flac"));
    QTest::newRow("header only") << QByteArray(flac.data(), 8400)
                                 << "its sound track (flac) has no samples that can be read";
    // A playlist must not make anything else be opened.
    QTest::newRow("playlist") << "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n" +
                                     QByteArray::fromStdString(file("s16.wav").string()) +
                                     "\n#EXT-X-ENDLIST\n"
                              << "is no sound or video that FFmpeg can read";
  }
  void FileWithoutSoundIsNamed() {
    QFETCH(QByteArray, content);
    QFETCH(QString, says);
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("bad.mp3").toStdString();
    std::ofstream(path, std::ios::binary).write(content.data(), content.size());
    const QString error = QString::fromStdString(errorOf(path));
    QVERIFY2(error.startsWith(QString::fromStdString(path.string()) + ": " + says),
             qPrintable(error));
    QVERIFY(!error.contains('\n'));
  }
  void MissingFileIsNotFound() {
    try {
      SoundReader::open("/nowhere/a.wav", kRate);
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::kNotFound);
      QVERIFY(QString(error.what()).startsWith("/nowhere/a.wav: "));
    }
  }
  void CancelledReadingEnds() {
    JobContext context;
    context.cancel.cancel();
    QVERIFY_EXCEPTION_THROWN(media::readSound(file("s16.wav"), kRate, context), Error);
  }
};

ORRERY_TEST(SoundTest)
#include "sound_test.moc"
