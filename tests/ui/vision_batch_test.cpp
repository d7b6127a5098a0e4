// Folders of pictures.

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

class VisionBatchTest : public QObject {
  Q_OBJECT

 private slots:
  void aFolderListsItsPicturesAndCanBeClosed() {
    VisionBench bench;
    const QString other = bench.folder.filePath("b.png");
    QVERIFY(QFile::copy(bench.picture, other));
    bench.panel.openFile(bench.folder.path());
    auto* files = bench.widget<QListWidget>("vision.files");
    QCOMPARE(files->count(), 2);
    QTRY_COMPARE(bench.panel.state().picture, bench.picture.toStdString());  // the first
    QCOMPARE(files->currentRow(), 0);
    QTest::keyClick(&bench.panel.canvas(), Qt::Key_PageDown);
    QTRY_COMPARE(bench.panel.state().picture, other.toStdString());
    QCOMPARE(files->currentRow(), 1);
    bench.widget<QToolButton>("vision.closeFolder")->click();
    QVERIFY(!files->isVisible());
    QCOMPARE(bench.panel.state().picture, other.toStdString());
    QVERIFY(bench.panel.state().folder.empty());
  }
  void anotherModelOpensTheTableAnew() {
    VisionBench bench;
    bench.panel.setModel("/models/DetrForObjectDetection");
    bench.panel.openFile(bench.folder.path());
    QTRY_COMPARE(bench.panel.state().task, std::string("object-detection"));
    bench.widget<QToolButton>("vision.batch")->setChecked(true);
    bench.panel.run();
    QTRY_COMPARE(bench.panel.batch().model().doneCount(), 1);
    bench.panel.setModel("/models/ViTForImageClassification");
    QTRY_COMPARE(bench.panel.batch().model().task(), QString("image-classification"));
    QCOMPARE(bench.panel.batch().model().doneCount(), 0);
    QVERIFY(!bench.widget<QPushButton>("vision.run")->isVisible());
  }
  void problemsOfABatchAreCountedAndSaidWithoutTheFile() {
    QTemporaryDir folder;
    BatchModel model;
    model.open(folder.path(), {"a.png", "b.png"}, "object-detection", folder.filePath("j.jsonl"));
    model.recordFailure(0, folder.filePath("a.png") + ": is cut short");
    QCOMPARE(model.row(0).found, QString("is cut short"));
    QCOMPARE(model.failedCount(), 1);
    QCOMPARE(model.doneCount(), 1);
    model.record(0, Json::array(), 0.1);
    QCOMPARE(model.failedCount(), 0);
    QCOMPARE(model.doneCount(), 1);
  }
  void modelsOfPicturesOpenInTheirPanel() {
    VisionBench bench;
    bench.window->showPanel("library");
    QTRY_VERIFY(!bench.library->busy());
    emit bench.window->library().openAsked("/models/DetrForObjectDetection");
    QCOMPARE(bench.window->currentPanel(), QString("vision"));
    QCOMPARE(bench.panel.state().model, std::string("/models/DetrForObjectDetection"));
    emit bench.window->library().openAsked("/models/LlamaForCausalLM");
    QCOMPARE(bench.window->currentPanel(), QString("chat"));
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
    bench.panel.openFile(folder.filePath("pictures"));
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
};

ORRERY_TEST(VisionBatchTest)
#include "vision_batch_test.moc"
