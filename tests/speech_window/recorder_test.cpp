#include "ui/speech/recorder.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtEndian>
#include <cmath>

#include "core/base/error.h"
#include "tests/support/test_main.h"
#include "tests/ui/workbench.h"
#include "ui/speech/level_meter.h"
#include "ui/speech/listen_page.h"
#include "ui/speech/record_bar.h"
#include "ui/speech/speech_panel.h"

using namespace orrery;
using namespace orrery::ui;

namespace {

constexpr int kRate = 8000;

/// A microphone that hears what the test says.
class Stage : public SampleSource {
 public:
  std::vector<Device> devices() override { return connected; }
  int start(const QByteArray& device) override {
    if (device == "busy") throw Error(ErrorKind::kIo, "\"busy\" cannot be recorded from");
    runs = true;
    return kRate;
  }
  void stop() override { runs = false; }
  void say(double seconds, float loudness) {
    std::vector<float> samples;
    for (int i = 0; i < static_cast<int>(seconds * kRate); ++i)
      samples.push_back(loudness * std::sin(0.3F * static_cast<float>(i)));
    // In pieces that are no whole blocks, as devices give them.
    for (std::size_t at = 0; at < samples.size(); at += 333)
      emit came(
          {samples.begin() + static_cast<std::ptrdiff_t>(at),
           samples.begin() + static_cast<std::ptrdiff_t>(std::min(samples.size(), at + 333))});
  }

  std::vector<Device> connected{{"mic", "Built-in microphone"}, {"busy", "Busy"}};
  bool runs = false;
};

struct Studio {
  Studio() {
    QObject::connect(&recorder, &Recorder::recorded, [this](const QString& f) { files += f; });
  }

  QTemporaryDir folder;
  Stage* stage = new Stage;  ///< of the recorder
  Recorder recorder{folder.path(), [this] { return std::unique_ptr<SampleSource>(stage); }};
  QStringList files;
};

/// Seconds of sound that a file's header tells of; below 0 if it tells of other than it holds.
double secondsOf(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return -1;
  const QByteArray bytes = file.readAll();
  const auto at = [&](int place) { return qFromLittleEndian<quint32>(bytes.constData() + place); };
  if (bytes.size() < 44 || at(40) + 44 != bytes.size() || at(4) + 8 != bytes.size()) return -1;
  return at(40) / 2.0 / at(24);
}

}  // namespace

class RecorderTest : public QObject {
  Q_OBJECT

 private slots:
  void theFileIsWholeWhileItIsRecorded() {
    Studio studio;
    studio.recorder.start("mic");
    studio.stage->say(1, 0.5F);
    const QStringList names = QDir(studio.folder.path()).entryList({"*.wav"});
    QCOMPARE(names.size(), 1);
    const double before = secondsOf(studio.folder.filePath(names[0]));
    QVERIFY2(std::abs(before - 1) <= 0.051, qPrintable(QString::number(before)));
    studio.recorder.stop();
    QVERIFY(!studio.stage->runs);
    QCOMPARE(studio.files, QStringList{studio.folder.filePath(names[0])});
    QCOMPARE(secondsOf(studio.files[0]), 1.0);  // what was less than a block too
  }
  void loudnessIsToldInDecibels() {
    Studio studio;
    QSignalSpy heard(&studio.recorder, &Recorder::heard);
    studio.recorder.start("mic");
    studio.stage->say(0.5, 0.1F);
    QCOMPARE(heard.size(), 10);
    QVERIFY(std::abs(heard.last()[0].toDouble() + 23) < 1);  // 20 log10(0.1) - 3
  }
  void silenceEndsARecordingThatHasSound() {
    Studio studio;
    studio.recorder.setRule({SilenceRule::Then::kStop, -40, 1});
    studio.recorder.start("mic");
    studio.stage->say(2, 0.0001F);
    QVERIFY(studio.recorder.isRecording());
    studio.stage->say(1, 0.5F);
    studio.stage->say(0.9, 0.0001F);
    QVERIFY(studio.recorder.isRecording());
    studio.stage->say(0.3, 0.0001F);
    QVERIFY(!studio.recorder.isRecording());
    QCOMPARE(studio.files.size(), 1);
  }
  void silenceCutsIntoFilesOfSound() {
    Studio studio;
    studio.recorder.setRule({SilenceRule::Then::kCut, -40, 0.5});
    studio.recorder.start("mic");
    for (int i = 0; i < 3; ++i) {
      studio.stage->say(3, 0.0001F);
      studio.stage->say(1, 0.5F);
    }
    studio.stage->say(3, 0.0001F);
    studio.recorder.stop();
    QCOMPARE(studio.files.size(), 3);
    for (const QString& file :
         studio.files)  // a moment before, the sound, the silence that ends it
      QVERIFY2(std::abs(secondsOf(file) - 1.75) < 0.11,
               qPrintable(QString::number(secondsOf(file))));
  }
  void aDeviceThatCannotBeOpenedIsNamed() {
    Studio studio;
    QSignalSpy failed(&studio.recorder, &Recorder::failed);
    studio.recorder.start("busy");
    QCOMPARE(failed.takeFirst()[0].toString(), QString("\"busy\" cannot be recorded from"));
    QVERIFY(!studio.recorder.isRecording());
  }
  void whatWasRecordedStaysIfTheDeviceGoes() {
    Studio studio;
    QSignalSpy failed(&studio.recorder, &Recorder::failed);
    studio.recorder.start("mic");
    studio.stage->say(1, 0.5F);
    emit studio.stage->failed("gone");
    QCOMPARE(failed.size(), 1);
    QVERIFY(!studio.recorder.isRecording());
    QCOMPARE(secondsOf(studio.files.value(0)), 1.0);
  }
  void aRecordingJoinsTheQueue() {
    test::Workbench bench;
    bench.window->showPanel("speech");
    SpeechPanel& panel = bench.window->speech();
    Stage* stage = nullptr;
    panel.listen().recorder().setSourceMaker([&] {
      auto made = std::make_unique<Stage>();
      stage = made.get();
      return made;
    });
    panel.findChild<QAbstractButton*>("speech.record")->click();
    auto* start = panel.findChild<QPushButton*>("speech.recordStart");
    QVERIFY(start->isVisible() && start->isEnabled());
    start->click();
    stage->say(1, 0.5F);
    QVERIFY(panel.findChild<LevelMeter*>("speech.level")->level() > -12);
    start->click();
    QCOMPARE(panel.listen().queue().rowCount(), 1);
    QVERIFY(panel.listen().queue().item(0).file.startsWith(bench.folder.path()));
  }
  void withoutAMicrophoneThePanelSaysSo() {
    test::Workbench bench;
    bench.window->showPanel("speech");
    SpeechPanel& panel = bench.window->speech();
    panel.listen().recorder().setSourceMaker([] {
      auto made = std::make_unique<Stage>();
      made->connected.clear();
      return made;
    });
    panel.findChild<QAbstractButton*>("speech.record")->click();
    QVERIFY(!panel.findChild<QPushButton*>("speech.recordStart")->isEnabled());
    QVERIFY(panel.findChild<QLabel*>("speech.recordTime")->text().contains("No microphone"));
  }
};

ORRERY_TEST(RecorderTest)
#include "recorder_test.moc"
