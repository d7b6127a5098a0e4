#include <time.h>

#include <QComboBox>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTimer>
#include <algorithm>
#include <cmath>

#include "tests/support/test_main.h"
#include "tests/ui/workbench.h"
#include "ui/speech/language_box.h"
#include "ui/speech/listen_page.h"
#include "ui/speech/speech_panel.h"
#include "ui/speech/transcript_view.h"
#include "ui/speech/wave_view.h"

using namespace orrery;
using namespace orrery::ui;
using orrery::test::Workbench;

namespace {

constexpr double kFrameSeconds = 0.016;

Json word(const char* text, double start, double probability) {
  return {{"text", text},
          {"timestamp", {start, start + 0.4}},
          {"probability", probability},
          {"alternatives", {{{"text", " other"}, {"probability", 0.2}}}}};
}

Json segment(double start, const Json& words) {
  return {{"timestamp", {start, start + 2}}, {"words", words}};
}

Json script() {
  const Json first = segment(0, {word(" Hello", 0.2, 0.98), word(" there", 0.8, 0.3)});
  const Json second = segment(2, {word(" All", 2.1, 0.97), word(" clear", 2.6, 0.99)});
  return {{"sound_s", 4},
          {"partials",
           {{{"draft", {{"start", 0}, {"words", {word(" Hello", 0.2, 0.5)}}}}},
            {{"segments", {first}}, {"until", 2}},
            {{"segments", {second}}, {"until", 4}}}},
          {"results", {{"automatic-speech-recognition", {{"text", "Hello there All clear"}}}}}};
}

/// The speech panel with one recording; the fake engine does not open it.
struct SpeechBench : Workbench {
  explicit SpeechBench(const Json& answers = script())
      : Workbench(answers), panel(window->speech().listen()) {
    file = folder.filePath("a talk.wav");
    writeFileAtomically(file.toStdString(), "RIFF");
    window->resize(1280, 800);
    window->showPanel("speech");
    panel.setModel("/models/whisper");
    panel.openSound(file);
  }
  const Transcript& heard() { return panel.queue().item(panel.queue().rowOf(file)).transcript; }
  QString problem() {
    auto* label = panel.findChild<QLabel*>("speech.problem");
    return label->isVisible() ? label->text() : QString();
  }

  ListenPage& panel;
  QString file;
};

double cpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

class SpeechPanelTest : public QObject {
  Q_OBJECT

 private slots:
  void recognisedWordsFillTheTranscript() {
    SpeechBench bench;
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.heard().segments.size(), std::size_t{2});
    QAbstractItemModel& shown = *bench.panel.transcriptView().model();
    QCOMPARE(shown.rowCount(), 2);
    QCOMPARE(shown.index(0, TranscriptModel::kText).data().toString(), QString("Hello there"));
    QCOMPARE(shown.index(1, TranscriptModel::kStart).data().toString(), QString("0:02.0"));
    QCOMPARE(bench.problem(), QString());
  }
  void aModelIsToldItsTaskIfItHasOne_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("options");
    const QString words = R"("return_timestamps": "word")";
    QTest::newRow("whisper") << R"({})"
                             << "{" + words + R"(, "task": "transcribe"})";
    QTest::newRow("of English") << R"({"multilingual": false, "languages": [], "tasks": []})"
                                << "{" + words + "}";
    QTest::newRow("ctc") << R"({"recogniser": "ctc", "multilingual": false, "languages": [],
                                "tasks": []})"
                         << "{" + words + "}";
  }
  void aModelIsToldItsTaskIfItHasOne() {
    QFETCH(QString, model);
    QFETCH(QString, options);
    Json answers = script();
    answers["sound_model"] = {{"pipelines", {"automatic-speech-recognition"}},
                              {"recogniser", "whisper"},
                              {"multilingual", true},
                              {"languages", {"de", "en"}},
                              {"tasks", {"transcribe", "translate"}}};
    answers["sound_model"].update(parseJson(model.toStdString(), "test"));
    answers["options"] = parseJson(options.toStdString(), "test");
    SpeechBench bench(answers);
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.problem(), QString());
    QCOMPARE(bench.heard().segments.size(), std::size_t{2});
  }
  void languagesAreThoseOfTheModel() {
    Json answers = script();
    answers["options"] = {{"return_timestamps", "word"}, {"task", "translate"}, {"language", "de"}};
    answers["by_path"]["/models/english"]["sound_model"] = {
        {"pipelines", {"automatic-speech-recognition"}}, {"recogniser", "whisper"}};
    SpeechBench bench(answers);
    auto* language = bench.panel.findChild<LanguageBox*>("speech.language");
    auto* task = bench.panel.findChild<QComboBox*>("speech.task");
    QTRY_COMPARE(language->count(), 4);
    QCOMPARE(language->currentText(), QString("Detect language"));
    QCOMPARE(language->itemText(1), QString("English"));
    language->setFocus();
    language->lineEdit()->selectAll();
    QTest::keyClicks(language, "ger");
    QTest::keyClick(language, Qt::Key_Return);
    QCOMPARE(language->code(), QString("de"));
    QCOMPARE(language->currentText(), QString("German"));
    QTest::keyClicks(language, "Klingon");
    QTest::keyClick(language, Qt::Key_Return);
    QCOMPARE(language->currentText(), QString("German"));
    task->setCurrentIndex(1);
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.problem(), QString());
    bench.panel.setModel("/models/english");
    QTRY_COMPARE(language->count(), 1);
    QVERIFY(!language->isEnabled());
    QCOMPARE(task->currentIndex(), 0);
    QVERIFY(!(task->model()->flags(task->model()->index(1, 0)) & Qt::ItemIsEnabled));
    bench.panel.setModel("/models/whisper");
    QTRY_COMPARE(language->currentText(), QString("German"));
  }
  void everyLanguageOfWhisperHasAName() {
    const char* codes =
        "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no "
        "th ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw "
        "gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl "
        "mg as tt haw ln ha ba jw su yue";
    QStringList names;
    for (const QString& code : QString(codes).split(' ')) {
      QVERIFY2(languageName(code) != code, qPrintable(code));
      names += languageName(code);
    }
    QCOMPARE(names.removeDuplicates(), 0);
    QCOMPARE(names.size(), 100);
  }
  void aModelThatHearsNothingIsNamed() {
    Json answers = script();
    answers["by_path"]["/models/llama"]["sound_model"] = {{"pipelines", Json::array()},
                                                          {"recogniser", ""}};
    SpeechBench bench(answers);
    bench.panel.setModel("/models/llama");
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QTRY_VERIFY2(bench.problem().contains("llama writes down no speech"),
                 qPrintable(bench.problem()));
  }
  void theSampleIsAFileThatAnEngineReads() {
    SpeechBench bench;
    bench.panel.openSample();
    bench.panel.openSample();
    QCOMPARE(bench.panel.queue().rowCount(), 2);
    QFile file(bench.panel.queue().item(1).file);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.read(4) == "OggS" && file.size() < 120'000);
  }
  void twoModelsStandSideBySide() {
    Json answers = script();
    answers["by_path"]["/models/other"]["partials"] = {
        {{"segments",
          {segment(0, {word(" hello", 0.3, 0.9), word(" their", 0.9, 0.9)}),
           segment(2, {word(" all", 2.1, 0.9), word(" is", 2.4, 0.9), word(" clear", 2.6, 0.9)})}},
         {"until", 4}}};
    SpeechBench bench(answers);
    bench.panel.setOtherModel("/models/other");
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    TranscriptView& view = bench.panel.transcriptView();
    QTRY_VERIFY(!view.isColumnHidden(TranscriptModel::kOther));
    auto* difference = bench.panel.findChild<QLabel*>("speech.difference");
    QTRY_VERIFY2(difference->text().startsWith("2 of 4 words differ (50.0 %): 1 read otherwise"),
                 qPrintable(difference->text()));
    const auto at = [&](int row) { return view.model()->index(row, TranscriptModel::kOther); };
    QCOMPARE(at(0).data().toString(), QString("hello their"));
    QCOMPARE(at(1).data().toString(), QString("all is clear"));
    QVERIFY(!(view.model()->flags(at(0)) & Qt::ItemIsEditable));
    QSignalSpy asked(&view, &TranscriptView::hearAsked);
    view.setCurrentIndex(at(1));
    view.setFocus();
    for (int i = 0; i < 2; ++i) QTest::keyClick(&view, Qt::Key_Right);
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(asked.takeFirst()[0].toDouble(), 2.4);
    // Agreed on the word: an edit is compared again.
    const QModelIndex text = view.model()->index(0, TranscriptModel::kText);
    QVERIFY(view.model()->data(text, Qt::DisplayRole) == "Hello there");
    view.model()->setData(text, "Hello their", Qt::EditRole);
    QTRY_VERIFY(difference->text().startsWith("1 of 4"));
    bench.panel.setOtherModel({});
    QVERIFY(view.isColumnHidden(TranscriptModel::kOther) && !difference->isVisible());
  }
  void aSecondModelHearsWhatTheFirstHasHeard() {
    Json answers = script();
    answers["by_path"]["/models/other"]["options"] = {{"return_timestamps", "word"}};
    answers["by_path"]["/models/other"]["sound_model"] = {
        {"pipelines", {"automatic-speech-recognition"}},
        {"recogniser", "ctc"},
        {"tasks", Json::array()},
        {"languages", Json::array()}};
    SpeechBench bench(answers);
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QAbstractItemModel& shown = *bench.panel.transcriptView().model();
    shown.setData(shown.index(0, TranscriptModel::kText), "Hello dear", Qt::EditRole);
    bench.panel.setOtherModel("/models/other");
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.problem(), QString());
    QCOMPARE(bench.heard().segments[0].text(), QString("Hello dear"));
    bench.panel.queue().saveNow();
    const SpeechQueue kept(bench.folder.filePath("speech"));
    QCOMPARE(kept.item(0).other.segments.size(), std::size_t{2});
    QCOMPARE(kept.item(0).otherModel, QString("/models/other"));
    QCOMPARE(kept.item(0).model, QString("/models/whisper"));
  }
  void onlyDoubtfulSegmentsCanBeShown() {
    SpeechBench bench;
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    bench.panel.findChild<QAbstractButton*>("speech.doubtful")->click();
    QVERIFY(!bench.panel.transcriptView().isRowHidden(0));
    QVERIFY(bench.panel.transcriptView().isRowHidden(1));
  }
  void wordsAreHeardByClickAndByKeys() {
    SpeechBench bench;
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    TranscriptView& view = bench.panel.transcriptView();
    QSignalSpy asked(&view, &TranscriptView::hearAsked);
    const QRect cell = view.visualRect(view.model()->index(0, TranscriptModel::kText));
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, cell.topLeft() + QPoint(14, 14));
    QCOMPARE(asked.takeFirst(), (QVariantList{0.2, 0.2 + 0.4}));
    QCOMPARE(bench.panel.wave().playhead(), 0.2);
    QTest::keyClick(&view, Qt::Key_Right);
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(asked.takeFirst().front().toDouble(), 0.8);
  }
  void anotherReadingIsChosenByKeys() {
    SpeechBench bench;
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    TranscriptView& view = bench.panel.transcriptView();
    view.setCurrentIndex(view.model()->index(0, TranscriptModel::kText));
    view.setFocus();
    for (int i = 0; i < 2; ++i) QTest::keyClick(&view, Qt::Key_Right);
    QString heading;
    QTimer::singleShot(50, &view, [&] {
      auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
      if (!menu) return;
      heading = menu->actions().front()->text();
      QTest::keyClick(menu, Qt::Key_Down);
      QTest::keyClick(menu, Qt::Key_Return);
    });
    QContextMenuEvent event(QContextMenuEvent::Keyboard, {});
    QCoreApplication::sendEvent(&view, &event);
    QVERIFY2(heading.contains("there") && heading.contains("30 %"), qPrintable(heading));
    QCOMPARE(bench.heard().segments[0].text(), QString("Hello other"));
    QCOMPARE(bench.heard().segments[0].words[1].probability, 1.0);
    QTest::keySequence(&view, QKeySequence::Undo);
    QCOMPARE(bench.heard().segments[0].text(), QString("Hello there"));
  }
  void textAndTimesAreEditedByKeys() {
    SpeechBench bench;
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    TranscriptView& view = bench.panel.transcriptView();
    const auto edit = [&](TranscriptModel::Column column, const char* text) {
      view.setCurrentIndex(view.model()->index(0, column));
      view.setFocus();
      QTest::keyClick(&view, Qt::Key_F2);
      auto* editor = view.findChild<QLineEdit*>();
      if (!editor) return false;
      editor->selectAll();
      QTest::keyClicks(editor, text);
      QTest::keyClick(editor, Qt::Key_Return);
      QTest::qWait(1);  // the editor is deleted later
      return true;
    };
    QVERIFY(edit(TranscriptModel::kText, "Hello dear"));
    QVERIFY(edit(TranscriptModel::kEnd, "1.5"));
    QCOMPARE(bench.heard().segments[0].text(), QString("Hello dear"));
    QCOMPARE(bench.heard().segments[0].end, 1.5);
    QVERIFY(edit(TranscriptModel::kEnd, "soon"));
    QCOMPARE(bench.heard().segments[0].end, 1.5);
  }
  void whatPlaysIsSetByKeys() {
    SpeechBench bench;
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    auto* speed = bench.panel.findChild<QComboBox*>("speech.speed");
    QCOMPARE(speed->currentText(), QString("1 ×"));
    speed->setFocus();
    for (int i = 0; i < 9; ++i) QTest::keyClick(speed, Qt::Key_Up);
    QCOMPARE(speed->currentData().toDouble(), 0.5);
    for (int i = 0; i < 9; ++i) QTest::keyClick(speed, Qt::Key_Down);
    QCOMPARE(speed->currentData().toDouble(), 2.0);
    for (const char* name : {"speech.loop", "speech.follow", "speech.doubtful"}) {
      auto* button = bench.panel.findChild<QAbstractButton*>(name);
      QVERIFY2(button->focusPolicy() & Qt::TabFocus, name);
      const bool before = button->isChecked();
      button->setFocus();
      QTest::keyClick(button, Qt::Key_Space);
      QCOMPARE(button->isChecked(), !before);
    }
    QVERIFY(bench.panel.transcriptView().isRowHidden(1));
    QTest::keyClick(&bench.panel.wave(), Qt::Key_Right);
    QCOMPARE(bench.panel.wave().playhead(), 1.0);
  }
  void editsCanBeUndoneAndOutliveTheWindow() {
    SpeechBench bench;
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QAbstractItemModel& shown = *bench.panel.transcriptView().model();
    QVERIFY(shown.setData(shown.index(0, TranscriptModel::kText), "Hello dear", Qt::EditRole));
    QVERIFY(shown.setData(shown.index(0, TranscriptModel::kStart), "0:00.1", Qt::EditRole));
    QVERIFY(!shown.setData(shown.index(0, TranscriptModel::kEnd), "soon", Qt::EditRole));
    bench.panel.queue().saveNow();
    {
      const SpeechQueue kept(bench.folder.filePath("speech"));
      QCOMPARE(kept.rowCount(), 1);
      QVERIFY(kept.item(0).transcript == bench.heard());
      QCOMPARE(kept.item(0).transcript.segments[0].text(), QString("Hello dear"));
      QCOMPARE(kept.item(0).state, SpeechItem::State::kDone);
    }
    bench.panel.undo();
    bench.panel.undo();
    QCOMPARE(bench.heard().segments[0].text(), QString("Hello there"));
    QCOMPARE(bench.heard().segments[0].words[1].probability, 0.3);
    bench.panel.redo();
    QCOMPARE(bench.heard().segments[0].text(), QString("Hello dear"));
  }
  void anEngineThatDiesLosesNoWords() {
    Json answers = script();
    answers["crash_after"] = 1;
    SpeechBench bench(answers);
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.heard().segments.size(), std::size_t{2});
    QVERIFY(!bench.problem().isEmpty());
    QCOMPARE(bench.panel.queue().item(0).state, SpeechItem::State::kFailed);
  }
  void whatWasHeardStaysIfItIsNotRecognisedAgain() {
    SpeechBench bench;
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    const Transcript before = bench.heard();
    bench.panel.run();
    bench.panel.stop();
    QVERIFY(bench.heard() == before);
  }
  void filesAreRecognisedOneAfterTheOther() {
    SpeechBench bench;
    const QString other = bench.folder.filePath("b.mp3");
    writeFileAtomically(other.toStdString(), "ID3");
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(other)});
    QDragEnterEvent enter({40, 40}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&bench.panel, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop({40, 40}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&bench.panel, &drop);
    QCOMPARE(bench.panel.queue().rowCount(), 2);
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    for (int row = 0; row < 2; ++row)
      QCOMPARE(bench.panel.queue().item(row).transcript.segments.size(), std::size_t{2});
  }
  void aBrokenRecordingIsNamed() {
    SpeechBench bench;
    bench.panel.openSound(bench.folder.filePath("broken.wav"));
    QTRY_VERIFY(bench.problem().contains("broken.wav: holds no sound"));
  }
  void halfAnHourScrollsWithinAFrame() {
    auto sound = std::make_shared<SoundOverview>();
    sound->seconds = 1800;
    std::vector<WavePyramid::Extent> steps;
    for (int i = 0; i < 180'000; ++i) {
      const auto swing = static_cast<float>(std::abs(std::sin(0.37 * i) * std::sin(0.0011 * i)));
      steps.push_back({-swing, swing});
    }
    sound->wave = WavePyramid(std::move(steps), 100);
    sound->spectrum = {64, 12.5, std::vector<float>(64 * 22'500, 0.4F)};
    WaveView view;
    view.resize(1600, 360);
    view.show();
    view.setSound(sound);
    QImage screen(view.size(), QImage::Format_ARGB32_Premultiplied);
    for (const double length : {1800.0, 120.0, 5.0}) {
      std::vector<double> frames;
      for (int i = 0; i < 30; ++i) {
        const double begin = cpuSeconds();
        view.showRange(3.1 * i, 3.1 * i + length);
        QCoreApplication::processEvents();
        view.render(&screen);
        frames.push_back(cpuSeconds() - begin);
      }
      std::ranges::sort(frames);
      qInfo("30 minutes of sound, %.0f s seen: %.1f ms a frame, at most %.1f ms", length,
            1e3 * frames[15], 1e3 * frames.back());
      QVERIFY(frames[15] < kFrameSeconds);
    }
  }
};

ORRERY_TEST(SpeechPanelTest)
#include "speech_panel_test.moc"
