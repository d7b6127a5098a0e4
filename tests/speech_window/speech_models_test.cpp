#include <QComboBox>
#include <QLineEdit>
#include <QSignalSpy>

#include "tests/speech_window/speech_bench.h"
#include "tests/support/test_main.h"
#include "ui/speech/language_box.h"
#include "ui/speech/transcript_view.h"

using namespace orrery;
using namespace orrery::test;
using namespace orrery::ui;

namespace {

/// What is written as JSON of the recording that is shown.
Json exported(SpeechBench& bench) {
  const QString file = bench.folder.filePath("talk.json");
  bench.panel.writeTranscript(file);
  return readJsonFile(file.toStdString());
}

}  // namespace

/// What the panel makes of what models can do, and of two of them.
class SpeechModelsTest : public QObject {
  Q_OBJECT

 private slots:
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
    QTest::newRow("seq2seq") << R"({"recogniser": "seq2seq", "multilingual": false,
                                    "languages": [], "tasks": []})"
                             << "{}";
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
        {"pipelines", {"automatic-speech-recognition"}},
        {"recogniser", "whisper"},
        {"multilingual", false},
        {"languages", Json::array()},
        {"tasks", Json::array()}};
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
  void adaptersAreLanguagesToo() {
    Json answers = script();
    answers["sound_model"] = {{"pipelines", {"automatic-speech-recognition"}},
                              {"recogniser", "ctc"},
                              {"multilingual", true},
                              {"languages", {"deu", "fra", "zho-script_latin"}},
                              {"tasks", Json::array()}};
    answers["options"] = {{"return_timestamps", "word"}, {"target_lang", "fra"}};
    SpeechBench bench(answers);
    auto* language = bench.panel.findChild<LanguageBox*>("speech.language");
    QTRY_COMPARE(language->count(), 4);
    QCOMPARE(language->currentText(), QString("The model's language"));
    QCOMPARE(language->itemText(language->findData("deu")), QString("German"));
    language->setCode("fra");
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.problem(), QString());
    QCOMPARE(bench.heard().segments.size(), std::size_t{2});
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
    const Json both = exported(bench);
    QVERIFY(both["model"] == "whisper" && both["other"]["model"] == "other");
    QVERIFY(both["segments"][0]["text"] == "Hello their");
    QVERIFY(both["other"]["segments"][1]["text"] == "all is clear");
    bench.panel.setOtherModel({});
    QVERIFY(view.isColumnHidden(TranscriptModel::kOther) && !difference->isVisible());
    const Json one = exported(bench);
    QVERIFY(!one.contains("other") && !one.contains("model"));
    QVERIFY(one["segments"] == both["segments"]);
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
};

ORRERY_TEST(SpeechModelsTest)
#include "speech_models_test.moc"
