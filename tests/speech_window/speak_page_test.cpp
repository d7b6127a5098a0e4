#include "ui/speech/speak_page.h"

#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>

#include "tests/support/test_main.h"
#include "tests/ui/workbench.h"
#include "ui/library/library_panel.h"
#include "ui/speech/listen_page.h"
#include "ui/speech/speech_panel.h"
#include "ui/speech/wave_view.h"

using namespace orrery;
using namespace orrery::ui;
using orrery::test::Workbench;

namespace {

Json vits() {
  return {{"pipelines", {"text-to-audio"}}, {"recogniser", ""},    {"languages", Json::array()},
          {"tasks", Json::array()},         {"voice", "waveform"}, {"speakers", 4},
          {"speaking_rate", 1.0},           {"noise_scale", 0.5},  {"noise_scale_duration", 0.8}};
}

Json script() {
  return {{"sound_s", 0.5},
          {"sound_model", vits()},
          {"results",
           {{"text-to-audio",
             {{"audio", {{"size", {1, 8000}}, {"array", "audio"}}}, {"sampling_rate", 16000}}}}}};
}

/// The panel at its second view.
struct SpeakBench : Workbench {
  explicit SpeakBench(const Json& answers = script())
      : Workbench(answers), page(window->speech().speak()) {
    window->resize(1280, 800);
    window->showPanel("speech");
    window->speech().showView(SpeechPanel::kSpeak);
    window->speech().setModel("/models/vits");
    page.setText("Good morning");
  }
  template <class Widget>
  Widget& find(const char* name) {
    return *window->speech().findChild<Widget*>(name);
  }
  void speak() {
    find<QPushButton>("speech.speak").click();
    QTRY_VERIFY(!page.busy());
  }
  QString problem() {
    auto& label = find<QLabel>("speech.voiceProblem");
    return label.isVisible() ? label.text() : QString();
  }

  SpeakPage& page;
};

}  // namespace

class SpeakPageTest : public QObject {
  Q_OBJECT

 private slots:
  void aTextBecomesASoundThatCanBeExported() {
    SpeakBench bench;
    QVERIFY(!bench.find<QPushButton>("speech.exportSound").isEnabled());
    bench.speak();
    QVERIFY(bench.find<QPushButton>("speech.exportSound").isEnabled());
    QCOMPARE(bench.page.wave().rangeEnd(), 0.5);
    const QString path = bench.folder.filePath("out.wav");
    bench.page.writeSound(path);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    QCOMPARE(bytes.size(), 44 + 2 * 8000);
    QVERIFY(bytes.startsWith("RIFF") && bytes.mid(8, 8) == "WAVEfmt ");
  }
  void whatTheModelIsToldIsWhatTheFieldsSay() {
    Json answers = script();
    answers["options"] = {{"speaking_rate", 1.0},
                          {"noise_scale", 0.5},
                          {"noise_scale_duration", 0.8},
                          {"speaker_id", 3},
                          {"seed", 7}};
    SpeakBench bench(answers);
    auto& speaker = bench.find<QSpinBox>("speech.speaker");
    QTRY_COMPARE(speaker.maximum(), 3);
    speaker.setValue(3);
    bench.find<QSpinBox>("speech.seed").setValue(7);
    bench.speak();
    QCOMPARE(bench.problem(), QString());
  }
  void aModelThatDoesNotSpeakIsNamed() {
    Json answers = script();
    answers["by_path"]["/models/whisper"]["sound_model"] = {{"pipelines", Json::array()},
                                                            {"voice", ""}};
    SpeakBench bench(answers);
    bench.window->speech().setModel("/models/whisper");
    bench.speak();
    QVERIFY2(bench.problem().contains("whisper does not speak"), qPrintable(bench.problem()));
  }
  void speakingCanBeStopped() {
    Json answers = script();
    answers["run_ms"] = 60'000;
    SpeakBench bench(answers);
    auto& button = bench.find<QPushButton>("speech.speak");
    button.click();
    QVERIFY(bench.page.busy());
    QCOMPARE(button.text(), QString("Stop"));
    button.click();
    QVERIFY(!bench.page.busy());
    QVERIFY(!bench.find<QPushButton>("speech.exportSound").isEnabled());
  }
  void theTextAndTheViewOutliveTheWindow() {
    SpeakBench bench;
    SpeechPanel again(*bench.services);
    QCOMPARE(again.view(), SpeechPanel::kSpeak);
    QCOMPARE(again.findChild<QPlainTextEdit*>("speech.text")->toPlainText(),
             QString("Good morning"));
  }
  void modelsOpenInTheirView() {
    Json answers = script();
    for (const auto& [name, architecture] :
         {std::pair("whisper", "WhisperForConditionalGeneration"), std::pair("tts", "VitsModel")})
      answers["models"].push_back({{"path", std::string("/models/") + name},
                                   {"name", name},
                                   {"source", "folder"},
                                   {"format", "safetensors"},
                                   {"architecture", architecture}});
    SpeakBench bench(answers);
    bench.library->refresh();
    QTRY_VERIFY(bench.library->find("/models/tts"));
    emit bench.window->library().openAsked("/models/whisper");
    QCOMPARE(bench.window->speech().view(), SpeechPanel::kListen);
    bench.window->showPanel("chat");
    emit bench.window->library().openAsked("/models/tts");
    QCOMPARE(bench.window->currentPanel(), QString("speech"));
    QCOMPARE(bench.window->speech().view(), SpeechPanel::kSpeak);
  }
  void aFileIsListenedTo() {
    SpeakBench bench;
    const QString file = bench.folder.filePath("talk.wav");
    writeFileAtomically(file.toStdString(), "RIFF");
    bench.window->speech().openFile(file);
    QCOMPARE(bench.window->speech().view(), SpeechPanel::kListen);
    QCOMPARE(bench.window->speech().listen().queue().rowCount(), 1);
  }
};

ORRERY_TEST(SpeakPageTest)
#include "speak_page_test.moc"
