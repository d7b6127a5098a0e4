#include <signal.h>

#include <QComboBox>
#include <QDateTime>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMouseEvent>
#include <QPushButton>
#include <QSlider>
#include <QTableView>
#include <QTableWidget>
#include <QToolButton>

#include "tests/support/test_main.h"
#include "tests/ui/workbench.h"
#include "ui/vision/batch_view.h"
#include "ui/vision/picture_canvas.h"
#include "ui/vision/vision_panel.h"
#include "ui/vision/vision_runner.h"

using namespace orrery;
using namespace orrery::ui;
using orrery::test::Workbench;

namespace {

Json modelOf(const char* architecture) {
  return {{"path", std::string("/models/") + architecture},
          {"name", architecture},
          {"architecture", architecture}};
}

RleMask square(int left, int top, int side) {
  std::vector<std::uint8_t> pixels(40 * 60);
  for (int y = top; y < top + side; ++y)
    for (int x = left; x < left + side; ++x) pixels[static_cast<std::size_t>(y * 60 + x)] = 1;
  return rleFromPixels(pixels, 40, 60);
}

Json found(const char* label, const Json& score, const RleMask& mask) {
  return {
      {"label", label}, {"score", score}, {"mask", {{"size", {40, 60}}, {"counts", mask.counts}}}};
}

Json script() {
  const Json box{{"xmin", 5}, {"ymin", 4}, {"xmax", 25}, {"ymax", 30}};
  return {{"picture", {40, 60}},
          {"models",
           {modelOf("ViTForImageClassification"), modelOf("DetrForObjectDetection"),
            modelOf("Mask2FormerForUniversalSegmentation"), modelOf("DPTForDepthEstimation"),
            modelOf("SamModel"), modelOf("LlamaForCausalLM")}},
          {"results",
           {{"image-classification",
             {{{"label", "cat"}, {"score", 0.8}}, {{"label", "dog"}, {"score", 0.2}}}},
            {"object-detection",
             {{{"label", "cat"}, {"score", 0.9}, {"box", box}},
              {{"label", "dog"}, {"score", 0.3}, {"box", box}}}},
            {"image-segmentation",
             {found("cat", 0.95, square(2, 2, 20)), found("sofa", 0.6, square(10, 10, 25))}},
            {"depth-estimation", {{"depth", {{"size", {40, 60}}, {"array", "depth"}}}}}}}};
}

/// A window with the vision panel and a picture of 60 x 40.
struct VisionBench : Workbench {
  explicit VisionBench(const Json& answers = script())
      : Workbench(answers), panel(window->vision()) {
    picture = folder.filePath("a picture.png");
    QImage image(60, 40, QImage::Format_RGB32);
    image.fill(QColor(60, 70, 80));
    image.save(picture);
    window->resize(1280, 800);
    window->showPanel("vision");
    library->refresh();
  }
  /// Opens the picture and runs that model on it; `done` is what tells its end.
  void run(const char* architecture) {
    panel.setModel(QString("/models/") + architecture);
    panel.openPicture(picture);
    panel.run();
  }
  QString problem() {
    for (QLabel* label : panel.findChildren<QLabel*>())
      if (label->property("kind") == "danger" && label->isVisible()) return label->text();
    return {};
  }
  template <class Widget>
  Widget* widget(const char* name) {
    return panel.findChild<Widget*>(name);
  }

  VisionPanel& panel;
  QString picture;
};

}  // namespace

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
    QStringList shown;
    for (QLabel* label : bench.panel.findChildren<QLabel*>()) shown += label->text();
    QVERIFY(shown.join('\n').contains("Under the pointer: 0.3"));
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
    const VisionResult before = bench.panel.state().result;
    auto& engine = bench.engines->engine("/models/SamModel").process();
    ::kill(static_cast<pid_t>(engine.processId()), SIGKILL);
    QTRY_VERIFY(engine.state() == EngineProcess::State::kDied);
    QVERIFY(bench.panel.state().result.segments == before.segments);
    bench.panel.undo();
    QTRY_COMPARE(bench.panel.state().result.segments.size(), std::size_t{3});
    bench.panel.redo();
    QTRY_VERIFY(bench.panel.state().result.segments == before.segments);
    bench.panel.undo();
    bench.panel.undo();
    QVERIFY(bench.panel.state().result.empty());
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
    QVERIFY(bench.problem().contains("Depth"));
    QVERIFY(!bench.widget<QPushButton>("vision.run")->isEnabled());
  }
  void aBrokenFileLeavesWhatIsThere() {
    VisionBench bench;
    bench.run("ViTForImageClassification");
    QTRY_COMPARE(bench.panel.state().result.labels.size(), std::size_t{2});
    bench.panel.openPicture(bench.folder.filePath("script.json"));
    QTRY_VERIFY(bench.problem().contains("script.json"));
    QCOMPARE(bench.panel.state().result.labels.size(), std::size_t{2});
    QCOMPARE(bench.panel.state().picture, bench.picture.toStdString());
  }
  void aFolderListsItsPictures() {
    VisionBench bench;
    bench.panel.openPicture(bench.folder.path());
    auto* files = bench.widget<QListWidget>("vision.files");
    QCOMPARE(files->count(), 1);
    files->setCurrentRow(0);
    QTRY_COMPARE(bench.panel.state().picture, bench.picture.toStdString());
  }
  void aBatchStopsGoesOnAndFillsItsTable() {
    Json answers = script();
    answers["run_ms"] = 100;
    VisionBench bench(answers);
    const QDir folder(bench.folder.path());
    QVERIFY(folder.mkdir("pictures"));
    for (const char* name : {"a.png", "b.png", "c.png"})
      QVERIFY(QFile::copy(bench.picture, folder.filePath(QString("pictures/") + name)));
    bench.panel.setModel("/models/DetrForObjectDetection");
    QTRY_COMPARE(bench.panel.state().task, std::string("object-detection"));
    bench.panel.openPicture(folder.filePath("pictures"));
    bench.widget<QToolButton>("vision.batch")->setChecked(true);
    const BatchModel& model = bench.panel.batch().model();
    QCOMPARE(model.rowCount(), 3);
    bench.panel.batch().start();
    QTRY_COMPARE(model.doneCount(), 1);
    bench.panel.batch().stop();
    bench.panel.showBatch(true);  // opened anew
    QCOMPARE(model.doneCount(), 1);
    QCOMPARE(model.nextWaiting(0), 1);
    bench.panel.batch().start();
    QTRY_COMPARE(model.doneCount(), 3);
    QTRY_VERIFY(!bench.panel.batch().busy());
    QCOMPARE(model.row(2).found, QString("cat"));
    QCOMPARE(model.row(2).count, 1);
    bench.widget<QLineEdit>("vision.filter")->setText("b.PNG");
    bench.panel.batch().writeTable(folder.filePath("table.csv"));
    QFile csv(folder.filePath("table.csv"));
    QVERIFY(csv.open(QIODevice::ReadOnly));
    QCOMPARE(csv.readAll(), QByteArray("Picture,Found,Score,Count,Seconds\n"
                                       "b.png,cat,0.900,1,0.21\n"));
    auto* table = bench.widget<QTableView>("vision.table");
    emit table->activated(table->model()->index(0, 0));
    QTRY_COMPARE(bench.panel.state().result.boxes.size(), std::size_t{2});
    QVERIFY(bench.panel.state().picture.ends_with("b.png"));
    QVERIFY(!bench.panel.runner().busy());
  }
  void aChangedPictureAndACutLineRunAgain() {
    QTemporaryDir folder;
    const QString journal = folder.filePath("j.jsonl");
    for (const char* name : {"a.png", "b.png", "c.png"}) {
      QFile file(folder.filePath(name));
      QVERIFY(file.open(QIODevice::WriteOnly));
    }
    const QStringList files{"a.png", "b.png", "c.png"};
    BatchModel model;
    model.open(folder.path(), files, "image-classification", journal);
    for (int row = 0; row < 3; ++row) model.record(row, {{{"label", "x"}, {"score", 1}}}, 0.1);
    QFile changed(folder.filePath("a.png"));
    QVERIFY(changed.open(QIODevice::ReadWrite));
    QVERIFY(changed.setFileTime(QDateTime::fromSecsSinceEpoch(1000),
                                QFileDevice::FileModificationTime));
    QFile cut(journal);
    QVERIFY(cut.resize(cut.size() - 4));
    model.open(folder.path(), files, "image-classification", journal);
    QCOMPARE(model.doneCount(), 1);
    QCOMPARE(model.nextWaiting(1), 2);
    model.record(2, {{{"label", "y"}, {"score", 1}}}, 0.1);
    model.open(folder.path(), files, "image-classification", journal);
    QCOMPARE(model.row(2).found, QString("y"));
    QCOMPARE(model.document(1).at(0).at("label").get<std::string>(), std::string("x"));
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
