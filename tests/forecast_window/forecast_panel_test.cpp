#include <signal.h>
#include <time.h>

#include <QComboBox>
#include <QDir>
#include <QDropEvent>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTableWidget>
#include <algorithm>
#include <cmath>

#include "tests/support/test_main.h"
#include "tests/ui/workbench.h"
#include "ui/forecast/forecast_panel.h"
#include "ui/forecast/forecast_plot.h"

using namespace orrery;
using namespace orrery::ui;
using orrery::test::cpuSeconds;
using orrery::test::Workbench;

namespace {

constexpr double kFrameSeconds = 0.016;

/// The forecast panel with a table of 400 rows, of which the fake engine makes up the values.
struct ForecastBench : Workbench {
  explicit ForecastBench(const Json& script = Json::object(), const char* name = "power.csv")
      : Workbench(script), panel(window->forecast()) {
    file = folder.filePath(name);
    writeFileAtomically(file.toStdString(), "date,load,wind,note\n");
    window->resize(1280, 800);
    window->showPanel("forecast");
    panel.setModel("/models/patchtst");
    panel.openFile(file);
  }
  /// Runs until nothing is under way.
  void settle() { QTRY_VERIFY(!panel.busy()); }
  void run() {
    settle();
    panel.run();
    settle();
  }
  const std::optional<ForecastResult>& forecast(int row = 0) {
    return panel.models().item(row).forecast;
  }
  QString problem() {
    auto* label = panel.findChild<QLabel*>("forecast.problem");
    return label->isVisible() ? label->text() : QString();
  }
  template <class Widget>
  Widget* widget(const char* name) {
    auto* found = panel.findChild<Widget*>(QString::fromLatin1(name));
    Q_ASSERT(found);
    return found;
  }
  QByteArray exported(const char* name) {
    panel.writeSeen(folder.filePath(name));
    QFile file(folder.filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }

  ForecastPanel& panel;
  QString file;
};

}  // namespace

class ForecastPanelTest : public QObject {
  Q_OBJECT

 private slots:
  void aTableIsShownWithItsColumnsAndFacts() {
    ForecastBench bench;
    bench.settle();
    auto* columns = bench.widget<QListWidget>("forecast.columns");
    QCOMPARE(columns->count(), 2);  // of numbers
    QCOMPARE(columns->item(1)->text(), QString("wind"));
    QCOMPARE(bench.panel.state().columns, (std::vector<std::string>{"load", "wind"}));
    const QString facts = bench.widget<QLabel>("forecast.facts")->text();
    QVERIFY2(facts.contains("400 rows, 1 h apart"), qPrintable(facts));
    QVERIFY2(facts.contains("2024-01-01 00:00 to 2024-01-17 15:00"), qPrintable(facts));
    QCOMPARE(bench.widget<QTableView>("forecast.preview")->model()->rowCount(), 100);
    QCOMPARE(bench.panel.source().whole().at("load", 6), 70.0);
    QCOMPARE(bench.problem(), QString());
  }
  void aForecastIsDrawnFromTheEnd() {
    ForecastBench bench;
    bench.run();
    QVERIFY(bench.forecast());
    QCOMPARE(bench.forecast()->origin, 400);
    QCOMPARE(bench.forecast()->steps(), 24);
    const ColumnForecast* load = bench.forecast()->of("load");
    QVERIFY(load && load->quantiles.size() == 3);
    QCOMPARE(load->quantiles.front().second[0], load->point[0] - 1);
    QVERIFY(bench.panel.plot().rangeEnd() > 400);  // the view has moved to where it is
  }
  void theFanFollowsTheDraggedOriginAndTheNewestWins() {
    ForecastBench bench;
    bench.run();
    ForecastPlot& plot = bench.panel.plot();
    plot.showRange(100, 400);
    auto* surface = plot.findChild<QWidget*>(QString(), Qt::FindDirectChildrenOnly);
    QVERIFY(surface);
    plot.setOrigin(300);
    const QPoint grip = plot.originPlace();
    QSignalSpy moved(&plot, &ForecastPlot::originMoved);
    QTest::mousePress(surface, Qt::LeftButton, {}, grip);
    for (int i = 1; i <= 60; ++i) QTest::mouseMove(surface, grip - QPoint(2 * i, 0));
    QTest::mouseRelease(surface, Qt::LeftButton, {}, grip - QPoint(120, 0));
    QVERIFY(moved.count() > 20);
    const qint64 last = moved.last().front().toLongLong();
    QVERIFY2(last < 280 && last == plot.origin(), qPrintable(QString::number(last)));
    bench.settle();
    QCOMPARE(bench.forecast()->origin, last);
    QCOMPARE(bench.panel.state().origin, std::optional<std::int64_t>(last));
  }
  void aMoveIsAnsweredWithinATenthOfASecond() {
    ForecastBench bench;
    bench.run();
    std::vector<qint64> taken;
    for (int i = 0; i < 21; ++i) {
      QElapsedTimer timer;
      timer.start();
      bench.panel.plot().moveOrigin(200 + i);
      while (bench.forecast()->origin != 200 + i && timer.elapsed() < 5000)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
      taken.push_back(timer.elapsed());
    }
    std::ranges::sort(taken);
    qInfo("from the move to the new fan: %lld ms, at most %lld ms", taken[10], taken.back());
    QVERIFY(taken[10] < 100);
  }
  void slowAnswersGiveWayToTheNewest() {
    ForecastBench bench(Json{{"run_ms", 600}});
    bench.run();
    QSignalSpy answers(&bench.panel.models(), &ForecastModels::forecastsChanged);
    for (int i = 0; i < 8; ++i) {
      bench.panel.plot().moveOrigin(300 - i);
      QTest::qWait(60);
    }
    bench.settle();
    QCOMPARE(bench.forecast()->origin, 293);
    QVERIFY2(answers.count() <= 3, qPrintable(QString::number(answers.count())));
  }
  void theKeyboardMovesViewAndOrigin() {
    ForecastBench bench;
    bench.run();
    ForecastPlot& plot = bench.panel.plot();
    QTest::keyClick(&plot, Qt::Key_Left, Qt::ShiftModifier);
    QCOMPARE(plot.origin(), 399);
    QTest::keyClick(&plot, Qt::Key_Left, Qt::ShiftModifier | Qt::ControlModifier);
    QVERIFY(plot.origin() < 395);
    bench.settle();
    QCOMPARE(bench.forecast()->origin, plot.origin());
    QTest::keyClick(&plot, Qt::Key_End, Qt::ShiftModifier);
    QCOMPARE(plot.origin(), 400);
    QVERIFY(!bench.panel.state().origin);  // follows the end of a table that grows
    QTest::keyClick(&plot, Qt::Key_0);
    QCOMPARE(plot.rangeBegin(), 0.0);
    const double all = plot.rangeEnd();
    QTest::keyClick(&plot, Qt::Key_Plus);
    QVERIFY(plot.rangeEnd() - plot.rangeBegin() < all);
    QTest::keyClick(&plot, Qt::Key_Home);
    QCOMPARE(plot.rangeBegin(), 0.0);
    QTest::keyClick(&plot, Qt::Key_Right);
    QVERIFY(plot.rangeBegin() > 0);
    QTest::keyClick(&plot, Qt::Key_End);
    QCOMPARE(plot.rangeEnd(), all);
    bench.settle();
  }
  void modelsAreComparedAndRemoved() {
    ForecastBench bench;
    bench.panel.addModel("/models/timesfm");
    bench.panel.addModel("/models/timesfm");  // twice is once
    bench.run();
    QCOMPARE(bench.panel.models().rowCount(), 2);
    QVERIFY(bench.forecast(0) && bench.forecast(1));
    QVERIFY(bench.panel.models().item(0).color != bench.panel.models().item(1).color);
    auto* list = bench.widget<QListView>("forecast.models");
    list->setCurrentIndex(list->model()->index(0, 0));
    list->setFocus();
    QTest::keyClick(list, Qt::Key_Delete);
    QCOMPARE(bench.panel.models().models(), QStringList{"/models/timesfm"});
  }
  void aBacktestFillsTheTableOfScores() {
    ForecastBench bench;
    bench.settle();
    bench.panel.runBacktest();
    bench.settle();
    auto* scores = bench.widget<QTableWidget>("forecast.scores");
    QCOMPARE(scores->rowCount(), 2);
    QStringList titles;
    for (int i = 0; i < scores->columnCount(); ++i)
      titles += scores->horizontalHeaderItem(i)->text();
    QCOMPARE(titles,
             (QStringList{"Model", "MSE", "MAE", "MASE", "Pinball", "CRPS", "Within 80 %"}));
    QCOMPARE(scores->item(0, 2)->text(), QString("2"));
    QCOMPARE(scores->item(1, 0)->text(), QString("Seasonal-naive"));
    QCOMPARE(scores->item(1, 2)->text(), QString("3"));
    const QByteArray csv = bench.exported("scores.csv");
    QVERIFY2(csv.startsWith("model,mse,mae,mase,pinball,crps,coverage_0.8\n"), csv);
    QVERIFY(csv.contains("\"Seasonal-naive\",9,3,"));
  }
  void valuesAndPicturesAreExported() {
    ForecastBench bench;
    bench.run();
    bench.panel.plot().moveOrigin(380);
    bench.settle();
    bench.panel.plot().showRange(379, 390);
    const QList<QByteArray> lines = bench.exported("values.csv").trimmed().split('\n');
    QCOMPARE(lines[0],
             QByteArray("time,load,wind,load patchtst,load patchtst 0.1,load patchtst 0.5,"
                        "load patchtst 0.9,wind patchtst,wind patchtst 0.1,"
                        "wind patchtst 0.5,wind patchtst 0.9"));
    const auto row = [&](const char* time) {
      for (const QByteArray& line : lines)
        if (line.startsWith(time)) return line.split(',');
      return QList<QByteArray>();
    };
    QCOMPARE(row("2024-01-16 19:00").value(3), QByteArray());  // 379 is before the origin
    QVERIFY(!row("2024-01-16 19:00").value(1).isEmpty());
    const auto first = row("2024-01-16 20:00");
    QCOMPARE(first.value(3).toDouble() - 1, first.value(4).toDouble());
    QCOMPARE(lines.last().split(',').size(), 11);
    QVERIFY(lines.last().contains(",,"));  // to the end of the forecast, where nothing has come yet
    QVERIFY(bench.exported("plot.png").startsWith("\x89PNG"));
    QCOMPARE(QDir(bench.folder.path()).entryList({"values.csv*", "plot.png*"}, QDir::Files).size(),
             2);
    try {
      bench.panel.writeSeen(bench.folder.filePath("values.doc"));
      QFAIL("written");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("values.doc"), error.what());
    }
  }
  void howATableIsReadCanBeCorrected() {
    ForecastBench bench;
    bench.settle();
    bench.panel.showView(ForecastPanel::kTable);
    auto* delimiter = bench.widget<QComboBox>("forecast.delimiter");
    QVERIFY2(delimiter->currentText().contains("Comma"), qPrintable(delimiter->currentText()));
    delimiter->setFocus();
    QTest::keyClick(delimiter, Qt::Key_Down);
    QTest::keyClick(delimiter, Qt::Key_Down);
    QCOMPARE(bench.panel.state().settings.dump(), std::string("{\"delimiter\":\";\"}"));
    bench.settle();
    bench.run();
    QVERIFY(bench.forecast());
    QCOMPARE(delimiter->currentText(), QString("Semicolon"));
  }
  void aParquetFileSaysItselfHowItIsMade() {
    ForecastBench bench(Json::object(), "load.parquet");
    bench.settle();
    bench.panel.showView(ForecastPanel::kTable);
    for (const char* name : {"forecast.delimiter", "forecast.decimal", "forecast.encoding",
                             "forecast.header", "forecast.skipRows", "forecast.timeForm"})
      QVERIFY2(!bench.widget<QWidget>(name)->isEnabled(), name);
    QVERIFY(bench.widget<QWidget>("forecast.time")->isEnabled());
    bench.run();
    QVERIFY(bench.forecast());
  }
  void aWrongFileIsNamedAndAnotherCanBeOpened() {
    ForecastBench bench(Json::object(), "broken.csv");
    QTRY_VERIFY(bench.problem().contains("broken.csv: is empty"));
    QVERIFY(!bench.widget<QPushButton>("forecast.restart")->isVisible());
    QVERIFY(!bench.widget<QPushButton>("forecast.run")->isEnabled());
    const QString other = bench.folder.filePath("b.tsv");
    writeFileAtomically(other.toStdString(), "date\tload\n");
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(other)});
    QDragEnterEvent enter({40, 40}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&bench.panel, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop({40, 40}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&bench.panel, &drop);
    bench.settle();
    QCOMPARE(bench.problem(), QString());
    QCOMPARE(bench.panel.source().rows(), 400);
  }
  void whatTheEngineRefusesIsOneSentence() {
    ForecastBench bench;
    bench.run();
    bench.panel.plot().moveOrigin(20);
    QTRY_VERIFY(bench.problem().contains("the model looks at 48 steps"));
    QCOMPARE(bench.forecast()->origin, 400);  // what was shown stays
    bench.panel.plot().moveOrigin(60);
    bench.settle();
    QCOMPARE(bench.problem(), QString());
    auto* more = bench.widget<QLineEdit>("forecast.more");
    more->setText("{\"seed\": ");
    QTest::keyClick(more, Qt::Key_Return);
    QVERIFY2(bench.problem().startsWith("More options"), qPrintable(bench.problem()));
  }
  void anEngineThatDiesLeavesWhatIsShownAndStartsAgain() {
    ForecastBench bench;
    bench.run();
    const auto pid = bench.engines->engine("/models/patchtst").process().processId();
    QVERIFY(pid > 0);
    ::kill(static_cast<pid_t>(pid), SIGKILL);
    const EngineProcess& process = bench.engines->engine("/models/patchtst").process();
    QTRY_VERIFY(process.state() == EngineProcess::State::kDied);
    QCOMPARE(bench.forecast()->origin, 400);
    bench.panel.run();  // a request starts it again
    bench.settle();
    QCOMPARE(bench.problem(), QString());
  }
  void anEngineThatDiesAtWorkIsNamed() {
    ForecastBench bench(Json{{"crash_after", 1}});
    bench.run();
    QVERIFY2(bench.problem().contains("signal 9"), qPrintable(bench.problem()));
    auto* again = bench.widget<QPushButton>("forecast.restart");
    QVERIFY(again->isVisible() && again->isEnabled());
    QSignalSpy busy(&bench.panel.models(), &ForecastModels::busyChanged);
    QTest::mouseClick(again, Qt::LeftButton);
    QVERIFY(bench.panel.busy() && busy.count() > 0);
    bench.settle();
  }
  void theStateOutlivesTheWindow() {
    ForecastBench bench;
    bench.settle();
    auto* columns = bench.widget<QListWidget>("forecast.columns");
    columns->item(0)->setCheckState(Qt::Unchecked);
    columns->item(1)->setSelected(true);
    bench.panel.plot().moveOrigin(123);
    bench.panel.showView(ForecastPanel::kTable);
    QTRY_VERIFY(bench.settings->value("forecast/state").toString().contains("123"));
    ForecastPanel again(*bench.services);
    QTRY_VERIFY(!again.busy());
    QCOMPARE(again.state().columns, std::vector<std::string>{"wind"});
    QCOMPARE(again.state().shown, (std::vector<std::string>{"load", "wind"}));
    QCOMPARE(again.plot().origin(), 123);
    QCOMPARE(again.state().page, int{ForecastPanel::kTable});
    QCOMPARE(again.models().models(), QStringList{"/models/patchtst"});
    QCOMPARE(again.source().file(), bench.file);
  }
  void tenMillionRowsAreExactWhereTheyAreLookedAt() {
    ForecastBench bench(Json{{"table_rows", 10'000'000}});
    bench.settle();
    ForecastPlot& plot = bench.panel.plot();
    QVERIFY(!bench.panel.source().whole().exact());
    plot.showRange(5'000'000, 5'010'000);
    bench.settle();
    QVERIFY(bench.panel.source().valuesOf(5'000'000, 5'010'000).exact());
    const SeriesValues& seen = bench.panel.source().valuesOf(5'000'000, 5'010'000);
    QVERIFY(std::abs(seen.at("load", 5'000'006) - 40) < 1e-3);
  }
  void tenMillionRowsAndAFanAreDrawnWithinAFrame() {
    ForecastBench bench(Json{{"table_rows", 10'000'000}});
    bench.run();
    ForecastPlot& plot = bench.panel.plot();
    QImage screen(plot.size(), QImage::Format_ARGB32_Premultiplied);
    for (const double length : {10e6, 20e3, 300.0}) {
      std::vector<double> frames;
      for (int i = 0; i < 30; ++i) {
        const double begin = cpuSeconds();
        plot.showRange(10e6 - length - 7 * i, 10e6 - 7 * i + 40);
        QCoreApplication::processEvents();
        plot.render(&screen);
        frames.push_back(cpuSeconds() - begin);
      }
      std::ranges::sort(frames);
      qInfo("ten million rows, %.0f seen: %.1f ms a frame, at most %.1f ms", length,
            1e3 * frames[15], 1e3 * frames.back());
      QVERIFY(frames[15] < kFrameSeconds);
    }
    bench.settle();
  }
};

ORRERY_TEST(ForecastPanelTest)
#include "forecast_panel_test.moc"
