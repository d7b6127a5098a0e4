#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <set>

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

void begin(TrainForm& form, const char* text) {
  form.findChild<QComboBox*>("train.start")->setCurrentText(text);
}

bool shown(TrainForm& form, const char* name) {
  auto* widget = form.findChild<QWidget*>(name);
  return widget && widget->isVisible();
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
  void modelsBeginInOneOfManyWays() {
    TrainBench bench;
    TrainForm& form = bench.panel.form();
    const OrderedJson before = form.document().json()["config"];
    auto* start = form.findChild<QComboBox*>("train.start");
    start->setCurrentIndex(1);
    QCOMPARE(form.document().text("config.model_type"), QString("patchtsmixer"));
    QVERIFY(form.document().value("config.context_length") == Json(before["context_length"]));
    bench.panel.setModel("/models/fitted");
    QCOMPARE(start->currentText(), QString("A checkpoint"));
    QVERIFY(!form.document().json().contains("config"));
    QCOMPARE(form.document().text("model"), QString("/models/fitted"));
    QVERIFY(form.findChild<QWidget*>("train.model")->isVisible());
    QVERIFY(!form.findChild<QWidget*>("train.mixer.mode")->isVisible());
    start->setCurrentIndex(1);
    QCOMPARE(form.document().text("config.model_type"), QString("patchtsmixer"));
    QVERIFY(!form.document().json().contains("model"));
  }
  void transformersBeginWithLagsByTheTablesFrequency() {
    TrainBench bench;
    TrainForm& form = bench.panel.form();
    begin(form, "A new Informer");
    const TrainDocument& document = form.document();
    QCOMPARE(document.text("config.model_type"), QString("informer"));
    QCOMPARE(document.text("config.lags_sequence"), QString("frequency"));
    QCOMPARE(document.text("config.num_time_features"), QString("frequency"));
    QVERIFY(document.value("config.context_length") == Json(72));
    for (const char* name :
         {"train.transformer.context_length", "train.transformer.prediction_length",
          "train.transformer.lags_sequence", "train.transformer.num_time_features",
          "train.transformer.scaling", "train.transformer.distribution_output",
          "train.transformer.d_model", "train.transformer.encoder_layers",
          "train.transformer.decoder_attention_heads", "train.informer.attention_type",
          "train.time_features", "train.covariates", "train.static_categorical_features"})
      QVERIFY2(shown(form, name), name);
    for (const char* name : {"train.config.context_length", "train.config.patch_length",
                             "train.mixer.mode", "train.autoformer.label_length", "train.config"})
      QVERIFY2(!shown(form, name), name);
    begin(form, "A new Autoformer");
    QVERIFY(shown(form, "train.autoformer.label_length"));
    QVERIFY(!shown(form, "train.informer.attention_type"));
  }
  void lagsAndFeaturesAreListsOrByFrequency() {
    TrainBench bench;
    TrainForm& form = bench.panel.form();
    begin(form, "A new time series transformer");
    auto* lags = form.findChild<QComboBox*>("train.transformer.lags_sequence");
    lags->setEditText("1, 2, 24");
    QVERIFY(form.document().value("config.lags_sequence") == Json({1, 2, 24}));
    lags->setEditText("often");
    QVERIFY(lags->lineEdit()->property("wrong").toBool());
    lags->setCurrentText("frequency");
    QVERIFY(!lags->lineEdit()->property("wrong").toBool());
    QVERIFY(form.document().value("config.lags_sequence") == Json("frequency"));
    form.findChild<QComboBox*>("train.transformer.num_time_features")->setEditText("5");
    QVERIFY(form.document().value("config.num_time_features") == Json(5));
    form.findChild<QComboBox*>("train.transformer.distribution_output")->setCurrentText("normal");
    QVERIFY(form.document().value("config.distribution_output") == Json("normal"));
    type(form, "train.covariates", "price, holiday");
    QVERIFY(form.document().value("covariates") == Json({"price", "holiday"}));
    type(form, "train.static_categorical_features", "[[0], [1]]");
    QVERIFY(form.document().value("static_categorical_features") == Json::parse("[[0], [1]]"));
    type(form, "train.static_real_features", "0.5");
    QVERIFY(form.document().value("static_real_features") == Json::array({0.5}));
    type(form, "train.static_real_features", "[[0.5], \"a\"]");
    QVERIFY(form.findChild<QLineEdit*>("train.static_real_features")->property("wrong").toBool());
  }
  void whatTransformersShareGoesOnAndTheRestComesBack() {
    TrainBench bench;
    TrainForm& form = bench.panel.form();
    begin(form, "A new Informer");
    type(form, "train.transformer.prediction_length", "48");
    type(form, "train.informer.sampling_factor", "3");
    type(form, "train.covariates", "price");
    begin(form, "A new time series transformer");
    QVERIFY(form.document().value("config.prediction_length") == Json(48));
    QVERIFY(form.document().value("config.sampling_factor").is_null());
    QVERIFY(form.document().value("covariates") == Json({"price"}));
    begin(form, "A new PatchTST");
    QVERIFY(form.document().value("config.prediction_length") == Json(96));
    QVERIFY(form.document().value("covariates").is_null());
    QVERIFY(!shown(form, "train.covariates"));
    begin(form, "A new Informer");
    QVERIFY(form.document().value("config.sampling_factor") == Json(3));
    QVERIFY(form.document().value("covariates") == Json({"price"}));
    QCOMPARE(form.findChild<QLineEdit*>("train.covariates")->text(), QString("price"));
  }
  void theKeyboardChoosesATransformerAndTakesBack() {
    TrainBench bench;
    TrainForm& form = bench.panel.form();
    auto* start = form.findChild<QComboBox*>("train.start");
    QTest::keyClick(start, Qt::Key_Down);
    QTest::keyClick(start, Qt::Key_Down);
    QCOMPARE(form.document().text("config.model_type"), QString("informer"));
    auto* width = form.findChild<QLineEdit*>("train.transformer.d_model");
    type(form, "train.transformer.d_model", "48");
    QVERIFY(form.document().value("config.d_model") == Json(48));
    for (int i = 0; i < 4 && width->text() != "32"; ++i)
      QTest::keySequence(width, QKeySequence::Undo);
    QVERIFY(form.document().value("config.d_model") == Json(32));
    std::set<QString> names;
    for (const QWidget* widget : form.findChildren<QWidget*>()) {
      if (!widget->objectName().startsWith("train.")) continue;
      QVERIFY2(names.insert(widget->objectName()).second, qPrintable(widget->objectName()));
      QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
    }
  }
  void standardSettingsAreThoseOfTheModel() {
    TrainBench bench;
    TrainForm& form = bench.panel.form();
    begin(form, "A new Informer");
    form.set("covariates", Json({"price"}));
    form.set("config.d_model", 7);
    bench.button("train.standard").click();
    QCOMPARE(form.document().text("config.model_type"), QString("informer"));
    QVERIFY(form.document().value("config.d_model") == Json(32));
    QVERIFY(form.document().value("learning_rate") == Json(5e-4));
    QVERIFY(form.document().value("covariates") == Json({"price"}));
    bench.runToTheEnd();
    QCOMPARE(bench.run().name(), QString("series-informer-1"));
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
