#include <signal.h>

#include <QComboBox>
#include <QDateTime>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMouseEvent>
#include <QPushButton>
#include <QRegularExpression>
#include <QSlider>
#include <QTableView>
#include <QTableWidget>
#include <QToolButton>
#include <cmath>

#include "tests/support/test_main.h"
#include "tests/ui/vision_bench.h"
#include "ui/library/library_panel.h"
#include "ui/vision/batch_view.h"
#include "ui/vision/picture_canvas.h"
#include "ui/vision/vision_panel.h"
#include "ui/vision/vision_runner.h"

using namespace orrery;
using namespace orrery::ui;
using namespace orrery::test;

class VisionTest : public QObject {
  Q_OBJECT

 private slots:
  void runWaitsForPictureAndModelAndShowsLabels() {
    VisionBench bench;
    bench.run("ViTForImageClassification");
    QTRY_COMPARE(bench.panel.state().result.labels.size(), std::size_t{2});
    QVERIFY(bench.widget<QWidget>("vision.labelList")->isVisible());
    QVERIFY(!bench.widget<QWidget>("vision.classes")->isVisible());
    QCOMPARE(bench.widget<QComboBox>("vision.task")->count(), 1);
    QVERIFY(bench.widget<QWidget>("vision.labels")->accessibleDescription().contains("cat 80.0 %"));
  }
  void thresholdFiltersWithoutRunningAgain() {
    VisionBench bench;
    bench.run("DetrForObjectDetection");
    QTRY_COMPARE(bench.panel.state().result.boxes.size(), std::size_t{2});
    auto* slider = bench.widget<QSlider>("vision.threshold");
    slider->setValue(20);
    QVERIFY(bench.panel.state().shows("dog", 0.3));
    slider->setValue(50);
    QVERIFY(!bench.panel.state().shows("dog", 0.3));
    QVERIFY(!bench.panel.runner().busy());
    QCOMPARE(bench.panel.state().result.boxes.size(), std::size_t{2});
  }
  void classesOfMasksCanBeHidden() {
    VisionBench bench;
    bench.run("Mask2FormerForUniversalSegmentation");
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{2});
    auto* classes = bench.widget<QListWidget>("vision.classes");
    QCOMPARE(classes->count(), 2);
    classes->item(1)->setCheckState(Qt::Unchecked);
    QVERIFY(bench.panel.state().hidden.contains("sofa"));
    bench.widget<QSlider>("vision.opacity")->setValue(0);
    QCOMPARE(bench.panel.state().opacity, 0.0);
    QVERIFY(bench.widget<QComboBox>("vision.subtask")->isVisible());
  }
  void depthComesAsAnArrayAndIsReadUnderThePointer() {
    VisionBench bench;
    bench.run("DPTForDepthEstimation");
    QTRY_VERIFY(bench.panel.state().result.depth);
    QCOMPARE(bench.panel.state().result.depth->values[60 * 10 + 20], 0.3F);
    emit bench.panel.canvas().hovered({20.5, 10.5});
    QVERIFY(bench.texts().contains("Under the pointer: 0.3"));
  }
  void depthIsReadUnderACrossThatKeysMove() {
    VisionBench bench;
    bench.run("DPTForDepthEstimation");
    QTRY_VERIFY(bench.panel.state().result.depth);
    PictureCanvas& canvas = bench.panel.canvas();
    const QPoint before = canvas.view().offset;
    QTest::keyClick(&canvas, Qt::Key_C);
    const QString middle = bench.texts();
    QVERIFY2(middle.contains(QRegularExpression("\\d+, \\d+ · depth 0\\.(4[89]|50)0")),
             qPrintable(middle));
    QTest::keyClick(&canvas, Qt::Key_Down);
    QVERIFY(bench.texts() != middle);
    QCOMPARE(canvas.view().offset, before);
    QTest::keyClick(&canvas, Qt::Key_Down, Qt::ControlModifier);
    QVERIFY(canvas.view().offset != before);
    QTest::keyClick(&canvas, Qt::Key_Escape);
    QVERIFY(bench.texts().contains("Point at the picture"));
  }
  void depthIsWrittenAsNumbersAndInSixteenBits() {
    VisionBench bench;
    bench.run("DPTForDepthEstimation");
    QTRY_VERIFY(bench.panel.state().result.depth);
    bench.panel.writeResult(bench.folder.filePath("a.json"));
    bench.panel.writeResult(bench.folder.filePath("a.index.png"));
    const std::string text = readTextFile(bench.folder.filePath("a.json").toStdString(), 1 << 20);
    const Json rows = parseJson(text, "a.json").at("result").at("predicted_depth");
    QCOMPARE(rows.size(), std::size_t{40});
    QCOMPARE(rows.at(10).at(20).get<float>(), 0.3F);
    const QImage image(bench.folder.filePath("a.index.png"));
    QCOMPARE(image.format(), QImage::Format_Grayscale16);
    const auto& depth = *bench.panel.state().result.depth;
    const float part = (0.3F - depth.lowest) / (depth.highest - depth.lowest);
    const auto* row = reinterpret_cast<const quint16*>(image.constScanLine(10));
    QCOMPARE(row[20], static_cast<quint16>(std::lround(65535 * part)));
  }
  void modelsOfTimmGiveLabelsAndEmbeddings() {
    VisionBench bench;
    bench.panel.setTask("image-feature-extraction");
    bench.panel.setModel("/models/lite");
    bench.panel.openFile(bench.picture);
    bench.panel.run();
    QTRY_VERIFY(bench.panel.state().result.embedding);
    QCOMPARE(bench.widget<QComboBox>("vision.task")->count(), 2);
    QVERIFY2(bench.texts().contains("Shape 1 × 2 × 3\nMean 4"), qPrintable(bench.texts()));
    QVERIFY(bench.widget<QWidget>("vision.histogram")->isVisible());
  }
  void theAnswerAboutAModelNoLongerChosenChangesNothing() {
    VisionBench bench;
    QTRY_VERIFY(!bench.library->busy());
    bench.panel.setModel("/models/not in the library");
    bench.library->refresh();
    bench.panel.setModel("/models/DetrForObjectDetection");
    auto* tasks = bench.widget<QComboBox>("vision.task");
    QTRY_COMPARE(tasks->count(), 1);
    QVERIFY(!bench.library->busy());
    QCOMPARE(tasks->currentData().toString(), QString("object-detection"));
    QCOMPARE(bench.problem(), QString());
  }
  void pointsAreAskedAboutAndUndoSurvivesTheEnginesEnd() {
    VisionBench bench;
    bench.run("SamModel");
    QTRY_VERIFY(!bench.panel.busy());
    QCOMPARE(bench.panel.state().task, std::string(kPointTask));
    emit bench.panel.canvas().pointed({20, 20}, true);
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{3});
    QCOMPARE(bench.panel.state().hidden.size(), std::size_t{2});
    emit bench.panel.canvas().pointed({25, 20}, false);
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{1});
    const RleMask before = bench.panel.state().result.segments[0].mask;
    auto& engine = bench.engines->engine("/models/SamModel").process();
    ::kill(static_cast<pid_t>(engine.processId()), SIGKILL);
    QTRY_VERIFY(engine.state() == EngineProcess::State::kDied);
    QCOMPARE(bench.panel.state().result.segments.size(), std::size_t{1});
    QVERIFY(bench.panel.state().result.segments[0].mask == before);
    bench.panel.undo();
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{3});
    bench.panel.redo();
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{1});
    QVERIFY(bench.panel.state().result.segments[0].mask == before);
    bench.panel.undo();
    bench.panel.undo();
    QVERIFY(bench.panel.state().result.empty());
  }
  void masksAreCutAnewFromTheirValues() {
    VisionBench bench;
    bench.run("SamModel");
    QTRY_VERIFY(!bench.panel.busy());
    emit bench.panel.canvas().pointed({30, 20}, true);
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{3});
    const auto& segments = bench.panel.state().result.segments;
    const RleMask given = segments[1].mask;  // a disc of radius 30
    auto* cut = bench.widget<QSlider>("vision.cut");
    QVERIFY(cut->isVisible());
    const auto area = [&] { return static_cast<double>(rleArea(segments[1].mask)); };
    cut->setValue(88);  // a logit of 2: a radius of 10
    QTRY_VERIFY2(std::abs(area() - 314) < 25, qPrintable(QString::number(area())));
    QTRY_VERIFY(!bench.panel.busy());
    QVERIFY(!bench.panel.runner().busy());
    cut->setValue(50);
    QTRY_VERIFY(segments[1].mask == given);
    bench.run("Mask2FormerForUniversalSegmentation");
    QTRY_COMPARE(segments.size(), std::size_t{2});
    QVERIFY(!cut->isVisible());
  }
  void undoLeavesTheFocusInThePanel() {
    VisionBench bench;
    bench.run("SamModel");
    QTRY_VERIFY(!bench.panel.busy());
    QApplication::setActiveWindow(bench.window.get());
    emit bench.panel.canvas().pointed({20, 20}, true);
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{3});
    QCOMPARE(bench.widget<QListWidget>("vision.classes")->item(1)->text(),
             QString("mask 2 · 0.92"));
    auto* opacity = bench.widget<QSlider>("vision.opacity");
    opacity->setFocus();
    QTRY_VERIFY(opacity->hasFocus());
    bench.panel.undo();
    QVERIFY(!opacity->isVisible());
    QVERIFY(bench.panel.canvas().hasFocus());
  }
  void pointsCanBeSetByKeys() {
    VisionBench bench;
    bench.run("SamModel");
    QTRY_VERIFY(!bench.panel.busy());
    PictureCanvas& canvas = bench.panel.canvas();
    QTest::keyClick(&canvas, Qt::Key_Left);
    QTest::keyClick(&canvas, Qt::Key_Return);
    QTest::keyClick(&canvas, Qt::Key_Right);
    QTest::keyClick(&canvas, Qt::Key_Return, Qt::ShiftModifier);
    const auto& points = bench.panel.state().prompts.current().points;
    QCOMPARE(points.size(), std::size_t{2});
    QVERIFY(points[0].positive && !points[1].positive && points[1].at.x() > points[0].at.x());
    QTest::keyClick(&canvas, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(bench.panel.state().prompts.current().points.size(), std::size_t{1});
  }
  void aBoxCanBeSetByKeys() {
    VisionBench bench;
    bench.run("SamModel");
    QTRY_VERIFY(!bench.panel.busy());
    PictureCanvas& canvas = bench.panel.canvas();
    QTest::keyClick(&canvas, Qt::Key_Left);  // the cross appears
    QTest::keyClick(&canvas, Qt::Key_B);
    for (int i = 0; i < 3; ++i) QTest::keyClick(&canvas, Qt::Key_Left);
    QTest::keyClick(&canvas, Qt::Key_Up);
    QVERIFY(!bench.panel.state().prompts.current().box);
    QTest::keyClick(&canvas, Qt::Key_B);
    const auto& box = bench.panel.state().prompts.current().box;
    QVERIFY(box);
    QVERIFY(std::abs(box->width() - 3 * box->height()) < 0.01);
    QVERIFY((box->bottomRight() - QPointF(30, 20)).manhattanLength() < 0.4);
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{1});
  }
  void aDragIsABoxWhilePointing() {
    VisionBench bench;
    bench.run("SamModel");
    QTRY_VERIFY(!bench.panel.busy());
    PictureCanvas& canvas = bench.panel.canvas();
    const QPoint from = canvas.view().toWidget({10, 10}).toPoint();
    const QPoint to = canvas.view().toWidget({30, 25}).toPoint();
    QTest::mousePress(&canvas, Qt::LeftButton, {}, from);
    QMouseEvent move(QEvent::MouseMove, to, canvas.mapToGlobal(to), Qt::NoButton, Qt::LeftButton,
                     Qt::NoModifier);
    QApplication::sendEvent(&canvas, &move);
    QTest::mouseRelease(&canvas, Qt::LeftButton, {}, to);
    QVERIFY(bench.panel.state().prompts.current().box);
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{1});
    const double side = bench.panel.state().prompts.current().box->width();
    QVERIFY2(std::abs(side - 20) < 1, qPrintable(QString::number(side)));
  }
  void killedEngineIsNamedAndTheResultStays() {
    Json answers = script();
    answers["run_ms"] = 3000;
    VisionBench bench(answers);
    bench.run("DetrForObjectDetection");
    QTRY_VERIFY(bench.panel.runner().busy());
    auto& engine = bench.engines->engine("/models/DetrForObjectDetection").process();
    QTRY_VERIFY(engine.state() == EngineProcess::State::kReady);
    ::kill(static_cast<pid_t>(engine.processId()), SIGKILL);
    QTRY_VERIFY(!bench.panel.runner().busy());
    QVERIFY2(bench.problem().contains("signal 9"), qPrintable(bench.problem()));
    auto* again = bench.widget<QPushButton>("vision.restart");
    QVERIFY(again->isVisible());
    again->click();
    QTRY_VERIFY(bench.panel.runner().busy());
  }
  void runsCanBeStopped() {
    Json answers = script();
    answers["run_ms"] = 5000;
    VisionBench bench(answers);
    bench.run("DetrForObjectDetection");
    QTRY_VERIFY(bench.panel.runner().busy());
    bench.widget<QPushButton>("vision.run")->click();
    QVERIFY(!bench.panel.runner().busy());
    QCOMPARE(bench.jobs.job(0).state, JobState::kCancelled);
    QTRY_VERIFY(!bench.engines->engine("/models/DetrForObjectDetection").process().hasPending());
  }
  void modelsForOtherThingsAreNamedWithTheTasksThereAre() {
    VisionBench bench;
    bench.run("LlamaForCausalLM");
    QTRY_VERIFY(bench.problem().contains("LlamaForCausalLM"));
    QVERIFY(bench.problem().contains("depth"));
    QVERIFY(!bench.widget<QPushButton>("vision.run")->isEnabled());
  }
  void aBrokenFileLeavesWhatIsThere() {
    VisionBench bench;
    bench.run("ViTForImageClassification");
    QTRY_COMPARE(bench.panel.state().result.labels.size(), std::size_t{2});
    bench.panel.openFile(bench.folder.filePath("script.json"));
    QTRY_VERIFY(bench.problem().contains("script.json"));
    QVERIFY(!bench.widget<QPushButton>("vision.restart")->isVisible());
    QCOMPARE(bench.panel.state().result.labels.size(), std::size_t{2});
    QCOMPARE(bench.panel.state().picture, bench.picture.toStdString());
  }
  void twoModelsAreWipedAndTheirOverlapIsShown() {
    VisionBench bench;
    bench.panel.setComparing(true);
    bench.panel.setOtherModel("/models/Mask2FormerForUniversalSegmentation");
    bench.run("Mask2FormerForUniversalSegmentation");
    QTRY_COMPARE(bench.panel.state().otherResult.segments.size(), std::size_t{2});
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{2});
    auto* overlaps = bench.widget<QTableWidget>("vision.overlaps");
    QVERIFY(overlaps->isVisible());
    QCOMPARE(overlaps->item(0, 0)->text(), QString("cat"));
    QCOMPARE(overlaps->item(0, 2)->text(), QString("1.000"));
    QTest::keyClick(&bench.panel.canvas(), Qt::Key_BracketRight);
    QCOMPARE(bench.panel.state().wipe, 0.52);
    bench.panel.setComparing(false);
    QVERIFY(!overlaps->isVisible());
  }
  void twoModelsShowTheirLabelsBelowEachOther() {
    VisionBench bench;
    bench.panel.setComparing(true);
    bench.panel.setOtherModel("/models/lite");
    bench.run("ViTForImageClassification");
    auto* others = bench.widget<QWidget>("vision.otherLabels");
    QTRY_VERIFY(others->accessibleDescription().contains("dog 20.0 %"));
    QVERIFY(bench.texts().contains("lite · 210 ms"));
    bench.panel.setComparing(false);
    QVERIFY(others->accessibleDescription().isEmpty());
  }
  void everyFormatIsWritten() {
    VisionBench bench;
    bench.run("Mask2FormerForUniversalSegmentation");
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{2});
    for (const char* name : {"a.png", "a.index.png", "a.coco.json", "a.polygons.json", "a.json"}) {
      bench.panel.writeResult(bench.folder.filePath(name));
      QVERIFY(QFileInfo(bench.folder.filePath(name)).size() > 80);
    }
    QCOMPARE(QImage(bench.folder.filePath("a.index.png")).size(), QSize(60, 40));
    QVERIFY(QImage(bench.folder.filePath("a.png")).pixelColor(5, 5) != QColor(60, 70, 80));
    QCOMPARE(QImage(bench.folder.filePath("a.png")).pixelColor(59, 39), QColor(60, 70, 80));
  }
  void samplesOpen() {
    qputenv("ORRERY_DATA", QTemporaryDir().path().toUtf8());
    VisionBench bench;
    for (const char* name : {"cat.jpg", "coffee.jpg", "cat.jpg"}) {
      bench.panel.openSample();
      QTRY_VERIFY(bench.panel.state().picture.ends_with(name));
    }
    QDir(qEnvironmentVariable("ORRERY_DATA")).removeRecursively();
    qunsetenv("ORRERY_DATA");
  }
  void choicesSurviveARestart() {
    VisionBench bench;
    bench.run("DetrForObjectDetection");
    QTRY_COMPARE(bench.panel.state().result.boxes.size(), std::size_t{2});
    bench.widget<QSlider>("vision.threshold")->setValue(35);
    bench.window.reset();
    MainWindow again(*bench.services, *bench.theme);
    QTRY_COMPARE(again.vision().state().picture, bench.picture.toStdString());
    QCOMPARE(again.vision().state().threshold, 0.35);
    QCOMPARE(again.vision().state().model, std::string("/models/DetrForObjectDetection"));
  }
  void controlReturnRunsThePanelThatIsShown() {
    VisionBench bench;
    bench.run("ViTForImageClassification");
    QTRY_COMPARE(bench.panel.state().result.labels.size(), std::size_t{2});
    const int jobs = bench.jobs.rowCount();
    QApplication::setActiveWindow(bench.window.get());
    QTest::keyClick(bench.window.get(), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(bench.window->currentPanel(), QString("vision"));
    QTRY_COMPARE(bench.jobs.rowCount(), jobs + 1);
  }
};

ORRERY_TEST(VisionTest)
#include "vision_test.moc"
