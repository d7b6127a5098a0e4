#include <signal.h>

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRegularExpression>
#include <QSettings>
#include <QSignalSpy>
#include <QTabBar>
#include <QTextBrowser>
#include <algorithm>

#include "core/base/json.h"
#include "tests/support/test_main.h"
#include "tests/ui/measuring_application.h"
#include "tests/ui/workbench.h"
#include "ui/chat/chat_panel.h"
#include "ui/compare/compare_panel.h"
#include "ui/compare/compare_runner.h"
#include "ui/decoding/decoding_state.h"
#include "ui/engine/engine_pool.h"
#include "ui/jobs/jobs_model.h"
#include "ui/library/library_model.h"
#include "ui/shell/main_window.h"
#include "ui/shell/panel.h"
#include "ui/shell/theme.h"

using namespace orrery;
using namespace orrery::ui;
using orrery::test::longReply;
using orrery::test::Workbench;

namespace {

constexpr double kHandlerSeconds = 0.05;

}  // namespace

class PanelTest : public QObject {
  Q_OBJECT

 private slots:
  void everyPanelFitsASmallScreen() {
    Workbench bench;
    bench.window->show();  // with its style
    for (const QString& name : ui::MainWindow::panelNames())
      if (bench.window->findChild<ui::Panel*>(name)) {
        bench.window->showPanel(name);
        QCoreApplication::processEvents();
        const QSize least = bench.window->minimumSizeHint();
        QVERIFY2(
            least.width() <= 1280 && least.height() <= 720,
            qPrintable(
                QStringLiteral("%1: %2 x %3").arg(name).arg(least.width()).arg(least.height())));
      }
  }
  void answerStreamsIntoTheConversationAndTheStore() {
    Workbench bench;
    bench.ask("Hello?");
    QTRY_VERIFY(!bench.session().state().messages.empty() && !bench.session().busy());
    QCOMPARE(bench.answer(), QString("Hello there, what can I do?"));
    const ChatState kept = bench.conversations->load(bench.session().state().id);
    QVERIFY(kept == bench.session().state());
    QCOMPARE(kept.path().back()->tokens.size(), std::size_t{8});
    QCOMPARE(kept.path().back()->tokens[0].top.size(), std::size_t{8});
  }
  void stopKeepsWhatWasSaid() {
    Workbench bench(Json{{"token_ms", 15}, {"reply", longReply(500)}});
    bench.ask("Go on");
    QTRY_VERIFY(bench.session().busy() && !bench.answer().isEmpty());
    bench.session().stop();
    QVERIFY(!bench.session().busy());
    const QString said = bench.answer();
    QVERIFY(!said.isEmpty());
    QTest::qWait(60);
    QCOMPARE(bench.answer(), said);
    QCOMPARE(bench.conversations->load(bench.session().state().id).path().back()->text, said);
  }
  void killedEngineIsNamedKeepsItsWordsAndStartsAgain() {
    Workbench bench(Json{{"token_ms", 5}, {"reply", longReply(500)}});
    bench.ask("Go on");
    QTRY_VERIFY(bench.session().busy() && bench.session().state().path().back()->tokens.size() > 2);
    ::kill(static_cast<pid_t>(bench.session().engine()->process().processId()), SIGKILL);
    QTRY_VERIFY(!bench.session().busy());
    const ChatMessage broken = *bench.session().state().path().back();
    QVERIFY2(broken.stats.error.contains("signal 9"), qPrintable(broken.stats.error));
    QVERIFY(!broken.text.isEmpty());
    auto* again =
        bench.window->findChild<QAbstractButton*>(QString("chat.message%1.restart").arg(broken.id));
    QVERIFY(again && again->isVisible());
    again->click();
    QTRY_VERIFY(bench.session().busy() && bench.session().state().path().back()->tokens.size() > 2);
    QVERIFY(bench.session().state().path().back()->id != broken.id);
    QCOMPARE(bench.session().state().find(broken.id)->text, broken.text);
  }
  void modelThatCannotBeLoadedSaysWhy() {
    Workbench bench(
        Json{{"load_error", "model.gguf: header length is 9, but the file has 4 bytes"}});
    bench.window->chat().setModel("/models/fake");
    QTRY_VERIFY(bench.session().engine()->state() == ModelEngine::State::kFailed);
    QVERIFY(bench.session().engine()->problem().contains("header length is 9"));
    QCOMPARE(bench.jobs.job(0).state, JobState::kFailed);
  }
  void continuingFromAnotherTokenSendsWhatCameBefore() {
    Workbench bench;
    bench.ask("Hello?");
    QTRY_VERIFY(!bench.session().state().messages.empty() && !bench.session().busy());
    const ChatMessage answer = *bench.session().state().path().back();
    bench.session().continueFrom(answer.id, 2, answer.tokens[2].top[1]);
    QTRY_VERIFY(!bench.session().busy());
    const ChatMessage branch = *bench.session().state().path().back();
    QVERIFY(branch.text.startsWith("Hello there other1"));
    QVERIFY(branch.tokens[2].forced);
    QCOMPARE(bench.session().state().versions(branch.id).size(), std::size_t{2});
  }
  void columnsOfOneModelShareItsEngineAndDiverge() {
    Workbench bench;
    bench.window->showPanel("compare");
    auto& columns = bench.runner().state().columns;
    columns[0].decoding.fields = {{"max_new_tokens", 4}};
    bench.window->compare().setModel("/models/fake");
    bench.window->compare().setPrompt("Hello?");
    bench.window->compare().run();
    QTRY_VERIFY(!bench.runner().busy() && !columns[1].tokens.empty());
    QCOMPARE(bench.engines->engines().size(), 1);
    QCOMPARE(columns[0].tokens.size(), std::size_t{4});
    QCOMPARE(firstDivergence(bench.runner().state()), 4);
    for (const char* name : {"a ü.json", "b.csv", "c.png"}) {
      const QString path = bench.folder.filePath(QString::fromUtf8(name));
      bench.window->compare().writeResults(path);
      QVERIFY(QFileInfo(path).size() > 100);
    }
  }
  void noHandlerTakesLongWhileFourColumnsGenerate_data() {
    QTest::addColumn<bool>("lines");
    QTest::addRow("lines") << true;
    QTest::addRow("one paragraph") << false;
  }
  void noHandlerTakesLongWhileFourColumnsGenerate() {
    constexpr int kTokens = 1000;
    QFETCH(bool, lines);
    Workbench bench(Json{
        {"token_ms", 1},
        {"reply", lines ? longReply(kTokens) : Json(std::vector<std::string>(kTokens, " word"))}});
    bench.window->showPanel("compare");
    bench.window->compare().addColumn();
    bench.window->compare().addColumn();
    bench.window->compare().setModel("/models/fake");
    bench.window->compare().setPrompt("Hello?");
    QTest::qWait(300);
    auto& app = test::MeasuringApplication::instance();
    app.reset();
    bench.window->compare().run();
    QTRY_VERIFY_WITH_TIMEOUT(!bench.runner().busy(), 30000);
    QTest::qWait(200);
    QCOMPARE(bench.runner().state().columns[3].tokens.size(), std::size_t{kTokens});
    const auto slowest = std::ranges::max(app.handled(), {}, &test::HandledEvent::cpuSeconds);
    qInfo("slowest handler: %.4f s, %s", slowest.cpuSeconds, slowest.name().constData());
    QVERIFY2(slowest.cpuSeconds < kHandlerSeconds, slowest.name());
  }
  void jobsShowWhatRanAndCancelStopsIt() {
    Workbench bench(Json{{"token_ms", 10}, {"reply", longReply(2000)}});
    bench.ask("Go on");
    QTRY_VERIFY(bench.session().busy() && bench.jobs.runningCount() == 1 &&
                !bench.answer().isEmpty());
    QVERIFY(bench.jobs.job(0).progress.done > 0);
    bench.jobs.cancel(0);
    QTRY_VERIFY(!bench.session().busy());
    QCOMPARE(bench.jobs.job(0).state, JobState::kCancelled);
  }
  void settingsAndLayoutSurvive() {
    Workbench bench;
    bench.window->showPanel("compare");
    bench.decoding->setField("temperature", 0.25);
    bench.decoding->savePreset("my / preset", bench.decoding->settings());
    QSettings again(bench.folder.filePath("settings.ini"), QSettings::IniFormat);
    bench.settings->sync();
    again.sync();
    const DecodingState restored(again);
    QVERIFY(restored.settings() == bench.decoding->settings());
    QVERIFY(restored.presets().contains("my / preset"));
    QVERIFY(restored.preset("my / preset") == restored.settings());
    QCOMPARE(again.value("window/panel").toString(), QString("compare"));
  }
  void everyInteractiveWidgetHasItsNames() {
    Workbench bench;
    bench.ask("Hello?");
    QTRY_VERIFY(!bench.session().state().messages.empty() && !bench.session().busy());
    QTRY_VERIFY(!bench.decoding->fields().list.empty());
    const QRegularExpression form("^[a-z]+\\.[A-Za-z0-9._]+$");
    QStringList nameless;
    for (QWidget* widget : bench.window->findChildren<QWidget*>()) {
      const bool interactive =
          qobject_cast<QAbstractButton*>(widget) || qobject_cast<QLineEdit*>(widget) ||
          qobject_cast<QComboBox*>(widget) || qobject_cast<QAbstractSpinBox*>(widget) ||
          qobject_cast<QPlainTextEdit*>(widget) || qobject_cast<QTextBrowser*>(widget) ||
          qobject_cast<QAbstractItemView*>(widget);
      if (!interactive || widget->objectName().startsWith("qt_")) continue;
      const QWidget* parent = widget->parentWidget();  // parts of a compound widget are Qt's
      bool part = qobject_cast<const QDockWidget*>(parent) != nullptr;
      for (const QWidget* p = parent; p; p = p->parentWidget())
        part = part || qobject_cast<const QComboBox*>(p) ||
               qobject_cast<const QAbstractSpinBox*>(p) || qobject_cast<const QLineEdit*>(p) ||
               qobject_cast<const QAbstractItemView*>(p) || qobject_cast<const QTabBar*>(p);
      if (part) continue;
      if (!form.match(widget->objectName()).hasMatch() || widget->accessibleName().isEmpty())
        nameless += QString("%1 '%2' '%3'")
                        .arg(widget->metaObject()->className(), widget->objectName(),
                             widget->accessibleName());
    }
    QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join("; ")));
  }
  void tabReachesTheAnswerAndItsTokensAndAlternatives() {
    Workbench bench;
    bench.ask("Hello?");
    QTRY_VERIFY(!bench.session().state().messages.empty() && !bench.session().busy());
    bench.window->chat().setTinted(true);
    bench.window->chat().focusLastAnswer();
    QWidget* text = bench.window->focusWidget();
    const qint64 answer = bench.session().state().leaf;
    QCOMPARE(text->objectName(), QString("chat.message%1.text").arg(answer));
    QTest::keyClick(text, Qt::Key_Right);
    QTest::keyClick(text, Qt::Key_Right);
    QTest::keyClick(text, Qt::Key_Return);
    auto* popup = bench.window->findChild<QAbstractItemView*>("chat.alternatives");
    QVERIFY(popup && popup->isVisible());
    QTest::keyClick(popup, Qt::Key_Down);
    QTest::keyClick(popup, Qt::Key_Return);
    QTRY_VERIFY(bench.session().state().leaf != answer && !bench.session().busy());
    QVERIFY(bench.answer().startsWith("Hello there other1"));
  }
  void tabWalksEveryWidgetOfThePanel() {
    Workbench bench;
    bench.ask("Hello?");
    QTRY_VERIFY(!bench.session().state().messages.empty() && !bench.session().busy());
    for (const char* panel : {"library", "chat", "compare", "vision", "speech"}) {
      bench.window->showPanel(panel);
      QSet<QWidget*> chain;
      for (QWidget* at = bench.window->nextInFocusChain(); !chain.contains(at);
           at = at->nextInFocusChain())
        chain.insert(at);
      QStringList lost;
      for (QWidget* widget : bench.window->findChildren<QWidget*>())
        if (widget->isVisible() && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus) &&
            !chain.contains(widget))
          lost += widget->objectName();
      QVERIFY2(lost.isEmpty(), qPrintable(lost.join(", ")));
    }
  }
  void whatHoldsNoModelIsNamedAndForgotten() {
    Workbench bench;
    QSignalSpy named(bench.library.get(), &LibraryModel::nothingFound);
    bench.library->addFolders({bench.folder.filePath("settings.ini")});
    QTRY_COMPARE(named.size(), 1);
    QVERIFY(named[0][0].toString().contains("settings.ini"));
    QVERIFY(bench.library->folders().isEmpty());
  }
  void answersHaveALimitOfTheirOwnUnlessOneIsSet() {
    const DecodingSettings none;
    QVERIFY(fieldsToSend(none, Json::object()).value("max_new_tokens", 0) > 20);
    QVERIFY(fieldsToSend(none, Json{{"max_length", nullptr}}).contains("max_new_tokens"));
    QVERIFY(!fieldsToSend(none, Json{{"max_length", 99}}).contains("max_new_tokens"));
    DecodingSettings own;
    own.fields["max_length"] = 7;
    QVERIFY(fieldsToSend(own, Json::object()) == own.fields);
  }
  void aJobThatWaitsForItsModelCanBeCancelled() {
    Workbench bench(Json{{"load_ms", 3000}});
    bench.ask("Hello?");
    QTRY_VERIFY(bench.session().busy());
    bench.jobs.cancel(0);
    QVERIFY(!bench.session().busy());
    QCOMPARE(bench.jobs.job(0).state, JobState::kCancelled);
  }
  void closingTheWindowEndsEveryEngine() {
    qint64 pid = 0;
    {
      Workbench bench(Json{{"token_ms", 10}, {"reply", longReply(2000)}});
      bench.ask("Go on");
      QTRY_VERIFY(bench.session().busy() && !bench.answer().isEmpty());
      pid = bench.session().engine()->process().processId();
    }
    QVERIFY(pid > 0);
    QTRY_VERIFY(::kill(static_cast<pid_t>(pid), 0) != 0);
  }
};

ORRERY_TEST(PanelTest)
#include "panel_test.moc"
