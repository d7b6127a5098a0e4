#include <time.h>

#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTableView>
#include <QTableWidget>
#include <QTimer>

#include "tests/support/test_main.h"
#include "tests/train_window/train_bench.h"
#include "ui/train/needs_view.h"

using namespace orrery;
using namespace orrery::ui;
using orrery::test::TrainBench;
using State = RunEntry::State;

namespace {

double cpuMilliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

/// Of a curve of the loss plot.
std::size_t pointsOfLoss(TrainBench& bench, std::size_t curve) {
  const auto& curves = bench.panel.curves().loss().curves();
  return curve < curves.size() ? curves[curve].points.size() : 0;
}

}  // namespace

class TrainPanelTest : public QObject {
  Q_OBJECT

 private slots:
  void aRunDrawsItsCurvesAndIsListed() {
    TrainBench bench;
    bench.runToTheEnd();
    QCOMPARE(bench.panel.runs().rowCount(), 1);
    QCOMPARE(bench.run().state, State::kFinished);
    QCOMPARE(bench.run().name(), QString("series-patchtst-1"));
    QCOMPARE(bench.run().bestStep, 20);
    QTRY_COMPARE(pointsOfLoss(bench, 0), std::size_t{20});
    QCOMPARE(pointsOfLoss(bench, 1), std::size_t{4});
    for (const CurvePlot* plot : bench.panel.curves().plots())
      QCOMPARE(plot->curves().front().points.size(), std::size_t{20});
    // 0.5 s a step, 128 windows each.
    QCOMPARE(bench.panel.curves().plots()[3]->curves().front().points.back().y(), 256.0);
    QVERIFY(bench.label("train.state").contains("test mse 0.25 (seasonal-naive 0.5)"));
    QCOMPARE(bench.label("train.problem"), QString());
  }
  void pausedRunsRestAndGoOn() {
    TrainBench bench(Json{{"steps", 400}});
    bench.panel.run();
    QTRY_VERIFY(bench.run().step > 10);
    bench.button("train.pause").click();
    QCOMPARE(bench.run().state, State::kPaused);
    QTest::qWait(100);
    const qint64 rested = bench.run().step;
    QTest::qWait(60);
    QCOMPARE(bench.run().step, rested);
    QVERIFY(bench.panel.busy());
    bench.panel.run();
    QCOMPARE(bench.run().state, State::kRunning);
    QTRY_VERIFY(bench.run().step > rested + 5);
    bench.panel.stop();
    QTRY_VERIFY(!bench.panel.busy());
  }
  void stoppedRunsGoOnFromTheirLastStep() {
    TrainBench bench(Json{{"steps", 100}});
    bench.panel.run();
    QTRY_VERIFY(bench.run().step > 7);
    bench.button("train.run").click();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.run().state, State::kStopped);
    QCOMPARE(bench.run().checkpoints.back(), bench.run().step);
    QVERIFY(bench.run().step < 100);
    bench.button("train.goOn").click();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.panel.runs().rowCount(), 1);
    QCOMPARE(bench.run().state, State::kFinished);
    QTRY_COMPARE(pointsOfLoss(bench, 0), std::size_t{100});
  }
  void aClosedWindowSavesTheRunAndTheNextOneListsIt() {
    TrainBench bench(Json{{"steps", 2000}});
    bench.panel.run();
    QTRY_VERIFY(bench.run().step > 3);
    bench.window->close();
    QVERIFY(!bench.run().live());
    const QString folder = bench.run().folder;
    MainWindow next(*bench.services, *bench.theme);
    next.show();
    next.showPanel("train");
    QTRY_COMPARE(next.train().runs().rowCount(), 1);
    const RunEntry& run = next.train().runs().entry(0);
    QCOMPARE(run.folder, folder);
    QVERIFY(run.canGoOn() && run.step > 3 && run.checkpoints.back() == run.step);
    QVERIFY(next.train().form().document() == bench.panel.form().document());
  }
  void anEngineThatDiesIsNamedAndOneClickGoesOn() {
    TrainBench bench(Json{{"crash_at", 13}});
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QVERIFY(bench.label("train.problem").contains("signal 9"));
    QCOMPARE(bench.run().state, State::kFailed);
    QTRY_VERIFY(pointsOfLoss(bench, 0) >= 10);
    QVERIFY(bench.button("train.goOnNow").isVisible());
    bench.button("train.goOnNow").click();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.run().state, State::kFinished);
    QTRY_COMPARE(pointsOfLoss(bench, 0), std::size_t{20});
    QCOMPARE(bench.label("train.problem"), QString());
  }
  void theEnginesSentenceIsShown() {
    TrainBench bench(Json{{"error", "runs/a: step 4: the loss is no number any more"}});
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.label("train.problem"),
             QString("runs/a: step 4: the loss is no number any more"));
  }
  void refusedSettingsLeaveNoRun() {
    TrainBench bench(Json{{"refuse", "settings: learning_rate: expected a number"}});
    bench.panel.run();
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.panel.runs().rowCount(), 0);
    QVERIFY(bench.label("train.problem").contains("learning_rate"));
    QVERIFY(!bench.button("train.goOnNow").isVisible());
  }
  void whatARunTakesIsMeasuredWhenTheFormRests() {
    TrainBench bench;
    auto* needs = bench.panel.findChild<NeedsView*>("train.needs");
    QTRY_VERIFY_WITH_TIMEOUT(needs->text().contains("204 K parameters"), 10000);
    QVERIFY(needs->text().contains("31 s"));
    QVERIFY(needs->text().contains(" / 200 / 200"));
  }
  void whatIsWrongIsSaidBesideStart() {
    TrainBench bench(Json{{"refuse", "settings: train_file: there is no such file"}});
    bench.button("train.measure").click();
    QTRY_COMPARE(bench.label("train.needsProblem"),
                 QString("settings: train_file: there is no such file"));
  }
  void chosenRunsAreDrawnTogetherAndCompared() {
    TrainBench bench;
    bench.runToTheEnd();
    bench.panel.form().set("learning_rate", 0.01);
    bench.runToTheEnd();
    QCOMPARE(bench.panel.runs().rowCount(), 2);
    bench.panel.table().selectAll();
    QTRY_COMPARE(bench.panel.curves().loss().curves().size(), std::size_t{4});
    QVERIFY(bench.panel.curves().loss().curves()[0].color !=
            bench.panel.curves().loss().curves()[2].color);
    QTimer::singleShot(0, this, [] {
      auto* dialog = qobject_cast<QDialog*>(QApplication::activeModalWidget());
      QVERIFY(dialog);
      auto* table = dialog->findChild<QTableWidget*>("train.differences");
      QCOMPARE(table->rowCount(), 1);
      QCOMPARE(table->item(0, 0)->text(), QString("learning_rate"));
      dialog->reject();
    });
    bench.button("train.compare").click();
  }
  void aRunsSettingsComeIntoTheForm() {
    TrainBench bench;
    bench.panel.form().set("learning_rate", 0.02);
    bench.runToTheEnd();
    bench.panel.form().set("learning_rate", 0.5);
    bench.button("train.copy").click();
    QVERIFY(bench.panel.form().document().value("learning_rate") == Json(0.02));
    QVERIFY(bench.panel.form().document().value("output_dir").is_null());
  }
  void theFittedModelOpensInForecast() {
    TrainBench bench;
    bench.runToTheEnd();
    QSignalSpy asked(&bench.panel, &TrainPanel::openInForecast);
    bench.button("train.forecast").click();
    QCOMPARE(asked.takeFirst().value(0).toString(), bench.run().folder);
  }
  void theKeyboardStartsReadsAndChooses() {
    TrainBench bench;
    bench.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(bench.window.get()));
    QTest::keyClick(bench.window.get(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!bench.panel.busy() && bench.panel.runs().rowCount() == 1);
    QTRY_COMPARE(pointsOfLoss(bench, 0), std::size_t{20});
    CurvePlot& loss = bench.panel.curves().loss();
    QTest::keyClick(&loss, Qt::Key_Left);
    QTest::keyClick(&loss, Qt::Key_Left);
    QVERIFY2(loss.readOut().startsWith("step 19"), qPrintable(loss.readOut()));
    QVERIFY(bench.panel.curves().plots()[1]->readOut().contains("0.001"));
    auto* axis = bench.panel.findChild<QComboBox*>("train.axis");
    QTest::keyClick(axis, Qt::Key_Down);
    QCOMPARE(loss.curves().front().points.back().x(), 10.0);
    QTest::keyClick(bench.panel.findChild<QCheckBox*>("train.logarithmic"), Qt::Key_Space);
    QVERIFY(loss.isLogarithmic());
    for (const QWidget* widget : bench.panel.findChildren<QWidget*>())
      if (widget->focusPolicy() & Qt::TabFocus && !widget->objectName().startsWith("qt_") &&
          !widget->focusProxy() && widget->objectName().startsWith("train."))
        QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
  }
  void aHundredThousandPointsAreDrawnWithinAFrame() {
    auto curves = std::make_shared<RunCurves>();
    for (int step = 1; step <= 100000; ++step)
      curves->take({{"step", step},
                    {"seconds", 0.1 * step},
                    {"loss", 1.0 / step},
                    {"learning_rate", 1e-3},
                    {"grad_norm", 1.0}},
                   32);
    CurvePlot plot("train.test", "Loss");
    plot.resize(900, 400);
    plot.show();
    std::vector<QPointF> points;
    for (const MetricPoint& point : curves->loss) points.emplace_back(point.step, point.value);
    double best = 1e9;
    for (int i = 0; i < 5; ++i) {
      const double begin = cpuMilliseconds();
      plot.setCurves({{"a", Qt::blue, false, points}});
      QCoreApplication::processEvents();  // draws
      plot.grab();
      best = std::min(best, cpuMilliseconds() - begin);
    }
    qInfo("100,000 points: %.1f ms", best);
    QVERIFY(best < 100);
  }
};

ORRERY_TEST(TrainPanelTest)
#include "train_panel_test.moc"
