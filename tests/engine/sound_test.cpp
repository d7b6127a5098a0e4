#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/media/wav.h"
#include "core/protocol/sound.h"
#include "tests/support/engine_bench.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

/// Recordings as the engine shows them.
class EngineSoundTest : public QObject {
  Q_OBJECT

  test::EngineBench bench_;

  std::string path(const char* name) const { return bench_.folder.filePath(name).toStdString(); }

 private slots:
  void initTestCase() { bench_.start(); }
  void cleanupTestCase() { bench_.stop(); }

  void aToneAfterSilenceIsSeenWhereItIs() {
    constexpr int kRate = 8000;
    std::vector<float> samples(2 * kRate);
    for (std::size_t i = kRate; i < samples.size(); ++i)
      samples[i] = static_cast<float>(
          0.5 * std::sin(2 * std::numbers::pi * 1000 * static_cast<double>(i) / kRate));
    media::writeWav(path("tone.wav"), samples, kRate);
    const SoundOverviewResult seen = bench_.client->call(SoundOverviewParams{path("tone.wav")});
    QVERIFY(std::abs(seen.seconds - 2) < 0.01);
    QCOMPARE(seen.rate, kRate);
    const auto& high = seen.arrayContent->at("high", 1).values;
    QVERIFY(std::abs(static_cast<double>(high.size()) - 2 * seen.peaksPerSecond) < 2);
    const auto at = [&](double seconds) {
      return high[static_cast<std::size_t>(seconds * seen.peaksPerSecond)];
    };
    QVERIFY(std::abs(at(0.5)) < 0.01F);
    QVERIFY(std::abs(at(1.5) - 0.5F) < 0.02F);
    const auto& mel = seen.arrayContent->at("mel", 2);
    const auto column = [&](double seconds) {
      const auto first = static_cast<std::int64_t>(seconds * seen.columnsPerSecond) * mel.shape[1];
      return std::vector(mel.values.begin() + first, mel.values.begin() + first + mel.shape[1]);
    };
    for (const float value : column(0.5)) QCOMPARE(value, 0.0F);
    const auto loud = column(1.5);
    const auto brightest = std::ranges::max_element(loud) - loud.begin();
    // 1000 Hz are 1000 mel, of 2840 up to 8 kHz; band i is around edge i + 1 of 65.
    const double expected = 1000.0 / 2840.0 * (static_cast<double>(loud.size()) + 1) - 1;
    QVERIFY2(std::abs(static_cast<double>(brightest) - expected) <= 1,
             qPrintable(QString::number(brightest)));
  }
  void aFileThatIsNoSoundIsNamed() {
    QFile file(bench_.folder.filePath("text.mp3"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("no sound at all");
    file.close();
    try {
      bench_.client->call(SoundOverviewParams{path("text.mp3")});
      QFAIL("read");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("text.mp3"), error.what());
    }
  }
};

ORRERY_TEST(EngineSoundTest)
#include "sound_test.moc"
