#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>

#include "core/base/error.h"
#include "tests/support/test_main.h"
#include "tests/train_window/train_bench.h"

using namespace orrery;
using namespace orrery::ui;
using orrery::test::TrainBench;

namespace {

void type(TrainForm& form, const char* name, const char* text) {
  auto* line = form.findChild<QLineEdit*>(name);
  QVERIFY2(line, name);
  line->selectAll();
  QTest::keyClick(line, Qt::Key_Delete);
  QTest::keyClicks(line, text);
}

}  // namespace

class TrainFormTest : public QObject {
  Q_OBJECT

 private slots:
  void aFileComesBackAsItWas() {
    TrainBench bench;
    const QString file = bench.folder.filePath("settings.json");
    const OrderedJson settings{
        {"config", {{"model_type", "patchtst"}, {"d_model", 16}, {"odd", 1}}},
        {"train_file", "/data/a.csv"},
        {"split", "ett"},
        {"value_columns", {"a", "b"}},
        {"learning_rate", 1e-4},
        {"bf16", true},
        {"table", {{"delimiter", ";"}}}};
    writeFileAtomically(file.toStdString(), settings.dump());
    bench.panel.openFile(file);
    QVERIFY(bench.panel.form().document().json() == settings);
    const QString other = bench.folder.filePath("other.json");
    bench.panel.writeSettings(other);
    QVERIFY(TrainDocument::fromFile(other).json() == settings);
  }
  void editsAreSettings() {
    TrainBench bench;
    TrainForm& form = bench.panel.form();
    form.setDocument(TrainDocument(OrderedJson{{"config", {{"model_type", "patchtst"}}}}));
    type(form, "train.learning_rate", "3e-4");
    type(form, "train.max_steps", "60");
    type(form, "train.config.d_model", "32");
    type(form, "train.value_columns", "HUFL, OT");
    form.findChild<QCheckBox*>("train.bf16")->click();
    form.findChild<QComboBox*>("train.eval_strategy")->setCurrentText("epoch");
    form.findChild<QComboBox*>("train.split")->setEditText("0.6, 0.2, 0.2");
    const OrderedJson expected{{"config", {{"model_type", "patchtst"}, {"d_model", 32}}},
                               {"learning_rate", 3e-4},
                               {"max_steps", 60},
                               {"value_columns", {"HUFL", "OT"}},
                               {"bf16", true},
                               {"eval_strategy", "epoch"},
                               {"split", {0.6, 0.2, 0.2}}};
    QVERIFY(Json(form.document().json()) == Json(expected));
    type(form, "train.max_steps", "");
    QVERIFY(form.document().value("max_steps").is_null());
  }
  void wrongTextIsMarkedAndLeftToTheEngine() {
    TrainBench bench;
    type(bench.panel.form(), "train.learning_rate", "fast");
    QVERIFY(bench.panel.form()
                .findChild<QLineEdit*>("train.learning_rate")
                ->property("wrong")
                .toBool());
    QVERIFY(bench.panel.form().document().value("learning_rate") == Json("fast"));
  }
  void modelsBeginInOneOfFourWays() {
    TrainBench bench;
    TrainForm& form = bench.panel.form();
    const OrderedJson before = form.document().json()["config"];
    auto* start = form.findChild<QComboBox*>("train.start");
    start->setCurrentIndex(1);
    QCOMPARE(form.document().text("config.model_type"), QString("patchtsmixer"));
    QVERIFY(form.document().value("config.context_length") == Json(before["context_length"]));
    bench.panel.setModel("/models/fitted");
    QCOMPARE(start->currentIndex(), 3);
    QVERIFY(!form.document().json().contains("config"));
    QCOMPARE(form.document().text("model"), QString("/models/fitted"));
    QVERIFY(form.findChild<QWidget*>("train.model")->isVisible());
    QVERIFY(!form.findChild<QWidget*>("train.mixer.mode")->isVisible());
    start->setCurrentIndex(1);
    QCOMPARE(form.document().text("config.model_type"), QString("patchtsmixer"));
    QVERIFY(!form.document().json().contains("model"));
  }
  void standardSettingsKeepTheData() {
    TrainBench bench;
    bench.panel.form().setDocument(TrainDocument(OrderedJson{{"train_file", "/a.csv"}}));
    bench.button("train.standard").click();
    QCOMPARE(bench.panel.form().document().text("train_file"), QString("/a.csv"));
    QVERIFY(bench.panel.form().document().value("config.context_length") == Json(336));
  }
  void tablesAndSettingsOpen() {
    TrainBench bench;
    QVERIFY(bench.panel.takesFile("/a/settings.json"));
    QVERIFY(!bench.panel.takesFile("/a/table.csv"));
    bench.panel.openFile("/a/table.tsv");
    QCOMPARE(bench.panel.form().document().text("train_file"), QString("/a/table.tsv"));
    const QString file = bench.folder.filePath("broken.json");
    writeFileAtomically(file.toStdString(), "[1, 2");
    bench.panel.openFile(file);
    QVERIFY(bench.label("train.problem").contains("broken.json"));
  }
  void differencesAreOfSingleSettings() {
    const Json a{{"learning_rate", 0.1}, {"config", {{"d_model", 16}}}, {"output_dir", "/a"}};
    const Json b{{"learning_rate", 0.1},
                 {"config", {{"d_model", 32}}},
                 {"bf16", true},
                 {"output_dir", "/b"}};
    const std::vector<SettingDifference> expected{{"bf16", "", "true"},
                                                  {"config.d_model", "16", "32"}};
    QVERIFY(settingDifferences(a, b) == expected);
  }
  void metricsThatComeAgainReplaceWhatWasBehindTheCheckpoint() {
    RunCurves curves;
    for (const int step : {1, 2, 3, 4, 3, 4})
      curves.take({{"step", step}, {"loss", 1.0 * step}, {"seconds", 1.0 * step}}, 8);
    QCOMPARE(curves.loss.size(), std::size_t{4});
    QCOMPARE(curves.throughput.back().value, 8.0);
    curves.take({{"step", 5}, {"eval_loss", 1.0}, {"seconds", 100}}, 8);
    QCOMPARE(curves.throughput.back().value, 8.0);
    curves.take({{"step", 6}, {"loss", nullptr}, {"grad_norm", "NaN"}}, 8);
    QCOMPARE(curves.loss.size(), std::size_t{4});
    QVERIFY(curves.gradient.empty());
  }
};

ORRERY_TEST(TrainFormTest)
#include "train_form_test.moc"
