// What models are told beside values: covariates, static features, lags and times by frequency.
#include <fmt/format.h>

#include <cmath>
#include <fstream>

#include "core/base/error.h"
#include "core/media/table/calendar.h"
#include "core/training/needs.h"
#include "core/training/series_data.h"
#include "core/training/trainer.h"
#include "tests/support/test_main.h"

#include <QProcess>
#include <QTemporaryDir>

using namespace orrery;
using namespace orrery::training;

namespace {

constexpr int kRows = 300, kAhead = 6;

/// Noise that is known ahead.
double known(int row) {
  const unsigned mixed = (static_cast<unsigned>(row) + 7u) * 2654435761u;
  return static_cast<double>(mixed >> 8) / (1 << 23) - 1;
}

/// One row an hour: "a" and "b" follow what is known, which goes on behind them.
void writeTable(const std::string& path) {
  std::ofstream file(path);
  file << "date,a,known,b\n";
  for (int i = 0; i < kRows + kAhead; ++i) {
    file << fmt::format("2020-01-{:02} {:02}:00:00,", 1 + i / 24, i % 24);
    if (i < kRows)
      file << 5 * known(i) << ',' << known(i) << ',' << 1 - 3 * known(i) << '\n';
    else
      file << ',' << known(i) << ",\n";
  }
}

class Bench {
 public:
  Bench() { writeTable(table()); }
  std::string table() const { return dir_.filePath("table.csv").toStdString(); }
  std::string out() const { return dir_.filePath("run").toStdString(); }

  OrderedJson settings(const OrderedJson& changes = OrderedJson::object()) const {
    OrderedJson settings{{"config",
                          {{"model_type", "time_series_transformer"},
                           {"context_length", 8},
                           {"prediction_length", 6},
                           {"lags_sequence", {1}},
                           {"d_model", 16},
                           {"dropout", 0},
                           {"encoder_layerdrop", 0},
                           {"decoder_layerdrop", 0}}},
                         {"train_file", table()},
                         {"value_columns", {"a", "b"}},
                         {"output_dir", out()},
                         {"learning_rate", 0.01},
                         {"per_device_train_batch_size", 32},
                         {"per_device_eval_batch_size", 64},
                         {"max_steps", 200},
                         {"eval_strategy", "steps"},
                         {"eval_steps", 200}};
    settings.update(changes, true);
    return settings;
  }

 private:
  QTemporaryDir dir_;
};

/// What a run is made of.
struct Parts {
  explicit Parts(const OrderedJson& document)
      : settings(TrainingSettings::read(document, "settings")),
        table(readSeries(settings, {})),
        config(readConfig(settings, table)),
        data(seriesWindows(table, seriesForm(config, table, settings), settings)) {}

  TrainingSettings settings;
  SeriesTable table;
  OrderedJson config;
  DataSplits data;
};

double lossOf(const OrderedJson& settings) {
  const Parts parts(settings);
  double loss = 0;
  Trainer(parts.settings, makeTrainable(parts.config, parts.settings), parts.data,
          [&](const OrderedJson& line) {
            if (line.contains("eval_loss")) loss = line["eval_loss"].get<double>();
          })
      .run({});
  return loss;
}

std::string failureOf(const OrderedJson& settings) {
  try {
    const Parts parts(settings);
    makeTrainable(parts.config, parts.settings);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

struct Answer {
  int code;
  QByteArray document;
  QString said;
};

Answer forecast(const Bench& bench, const QStringList& options) {
  QStringList words{"run", "time-series-forecasting", "--json"};
  words << "--model" << QString::fromStdString(bench.out());
  words << "--input" << QString::fromStdString(bench.table());
  words << "--set"
        << "columns=[\"a\",\"b\"]"
        << "--set"
        << "scaling=standard";
  for (const QString& option : options) words << "--set" << option;
  QProcess process;
  process.start(qEnvironmentVariable("ORRERY_CLI"), words);
  process.waitForFinished(60000);
  return {process.exitCode(), process.readAllStandardOutput(),
          QString::fromUtf8(process.readAllStandardError())};
}

std::vector<std::int64_t> lags(double step) {
  return media::table::usualLags(step);
}

}  // namespace

class FeaturesTest : public QObject {
  Q_OBJECT

 private slots:
  void aCovariateThatTellsTheValuesIsLearnedAndForecastWith() {
    const Bench plain, told;
    const double without = lossOf(plain.settings());
    const double with = lossOf(told.settings({{"covariates", {"known"}}}));
    QVERIFY2(with < without - 0.7, fmt::format("{} with, {} without", with, without).c_str());

    const Answer refused = forecast(told, {});
    QCOMPARE(refused.code, 1);
    QVERIFY2(refused.said.contains("options.covariates: the model was trained with 1, found 0"),
             qPrintable(refused.said));
    const Answer answer = forecast(told, {"covariates=[\"known\"]"});
    QVERIFY2(answer.code == 0, qPrintable(answer.said));
    const Json document = Json::parse(answer.document.toStdString());
    QCOMPARE(document["origin"].get<int>(), kRows);
    const Json points = document["series"][0]["point"];
    QCOMPARE(points.size(), std::size_t{kAhead});
    double error = 0, spread = 0;
    for (int i = 0; i < kAhead; ++i) {
      const double truth = 5 * known(kRows + i);
      error += std::abs(points[static_cast<std::size_t>(i)].get<double>() - truth);
      spread += std::abs(truth);
    }
    QVERIFY2(error < 0.5 * spread, fmt::format("{} of {}", error, spread).c_str());
  }

  void eachSeriesHasItsOwnStaticFeatures() {
    const Bench bench;
    const Parts parts(bench.settings({{"covariates", {"known"}},
                                      {"static_categorical_features", {{0, 3}, {4, 1}}},
                                      {"static_real_features", {0.5}}}));
    QVERIFY(parts.config["cardinality"] == OrderedJson({5, 4}));
    QVERIFY(parts.config["num_static_real_features"] == 1);
    QVERIFY(parts.config["num_dynamic_real_features"] == 1);
    const std::int64_t other = parts.data.train->size() / 2;  // the first window of "b"
    const std::vector<std::int64_t> examples{2, other + 2};
    const auto batch = parts.data.train->batch(examples);
    QVERIFY(at::equal(batch.at("static_categorical_features"),
                      at::tensor({0, 3, 4, 1}, at::kLong).view({2, 2})));
    QVERIFY(at::equal(batch.at("static_real_features"), at::full({2, 1}, 0.5)));
    const at::Tensor future = batch.at("future_time_features");
    QCOMPARE(future.size(2), 1);
    QVERIFY(std::abs(future[0][1][0].item<double>() - known(2 + 9 + 1)) < 1e-4);
    QVERIFY(at::equal(future[0], future[1]));
  }

  void modelsOfStaticFeaturesForecastWithThem() {
    const Bench bench;
    lossOf(bench.settings(
        {{"static_categorical_features", {{0}, {1}}}, {"max_steps", 2}, {"eval_steps", 1}}));
    const Answer refused = forecast(bench, {});
    QVERIFY2(refused.said.contains(
                 "options.static_categorical_features: the model was trained with 1, found 0"),
             qPrintable(refused.said));
    const Answer answer = forecast(bench, {"static_categorical_features=[[0],[1]]"});
    QVERIFY2(answer.code == 0, qPrintable(answer.said));
    const Answer few = forecast(bench, {"static_categorical_features=[[0]]"});
    QVERIFY2(few.said.contains("expected numbers for all, or 2 lists"), qPrintable(few.said));
  }

  void allOtherColumnsAreValues() {
    const Bench bench;
    auto settings = bench.settings({{"covariates", {"known"}}});
    settings.erase("value_columns");
    const Parts parts(settings);
    QCOMPARE(parts.table.names, (std::vector<std::string>{"a", "b", "known"}));
    QCOMPARE(parts.table.rows(), std::int64_t{kRows});
    QCOMPARE(valueCount(parts.table, parts.settings), std::int64_t{2});
  }

  void lagsAndTimesFollowTheFrequencyOfTheTable() {
    const Bench bench;
    auto settings = bench.settings();
    settings["config"] = {{"model_type", "informer"},
                          {"prediction_length", 6},
                          {"lags_sequence", "frequency"},
                          {"num_time_features", "frequency"}};
    const Parts parts(settings);
    const std::vector<std::int64_t> hours{1,  2,  3,  4,  5,  6,   7,   23,
                                          24, 25, 47, 48, 49, 167, 168, 169};
    QVERIFY(parts.config["lags_sequence"] == OrderedJson(hours));
    QVERIFY(parts.config["num_time_features"] == 4);
    const auto needs =
        measureNeeds(parts.settings, makeTrainable(parts.config, parts.settings), parts.data, {});
    QVERIFY(needs.activationBytes > 0 && needs.secondsPerStep > 0);
    settings["time_features"] = {"hour_of_day", "age"};
    QVERIFY(Parts(settings).config["num_time_features"] == 2);
  }

  void lagsReachBackToTheCyclesOfAStep() {
    constexpr double kDay = 86400;
    using Lags = std::vector<std::int64_t>;
    QCOMPARE(lags(60), (Lags{1, 2, 3, 4, 5, 6, 7, 59, 60, 61, 119, 120, 121, 1439, 1440, 1441}));
    QCOMPARE(lags(kDay), (Lags{1, 2, 3, 4, 5, 6, 7, 8, 13, 14, 15, 29, 30, 31}));
    QCOMPARE(lags(7 * kDay), (Lags{1, 2, 3, 4, 5, 6, 7, 51, 52, 53, 103, 104, 105}));
    QCOMPARE(lags(28 * kDay), (Lags{1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 23, 24, 25}));
    QCOMPARE(lags(91 * kDay), (Lags{1, 2, 3, 4, 5, 6, 7}));
    QCOMPARE(lags(0), (Lags{1, 2, 3, 4, 5, 6, 7}));
  }

  void whatDoesNotFitIsOneClearLine_data() {
    QTest::addColumn<QString>("setting");
    QTest::addColumn<QString>("expected");
    QTest::newRow("no column") << R"({"covariates": ["none"]})"
                               << "\"none\"";
    QTest::newRow("twice") << R"({"covariates": ["known", "known"]})"
                           << "covariates: a column is named twice";
    QTest::newRow("also a value") << R"({"covariates": ["a"]})"
                                  << "covariates: expected columns that are not";
    QTest::newRow("with gaps") << R"({"value_columns": ["known"], "covariates": ["a"]})"
                               << "column \"a\": a covariate needs a value";
    QTest::newRow("counted otherwise") << R"({"config": {"num_dynamic_real_features": 2},
        "covariates": ["known"]})"
                                       << "covariates: the model takes 2";
    QTest::newRow("no category") << R"({"static_categorical_features": [0.5]})"
                                 << "static_categorical_features: expected categories";
    QTest::newRow("lists") << R"({"static_real_features": [[1], [2], [3]]})"
                           << "static_real_features: expected numbers for all, or 2 lists";
    QTest::newRow("widths") << R"({"static_real_features": [[1], [2, 3]]})"
                            << "expected 1 numbers";
    QTest::newRow("together") << R"({"config": {"input_size": 2},
        "static_real_features": [[1], [2]]})"
                              << "static_real_features: expected one list";
    QTest::newRow("patches") << R"({"config": {"model_type": "patchtst"}, "covariates": ["known"]})"
                             << "covariates: patchtst takes none";
  }

  void whatDoesNotFitIsOneClearLine() {
    QFETCH(QString, setting);
    QFETCH(QString, expected);
    const Bench bench;
    const QString said = QString::fromStdString(
        failureOf(bench.settings(OrderedJson::parse(setting.toStdString()))));
    QVERIFY2(said.contains(expected), qPrintable(said));
    QVERIFY(!said.contains('\n'));
  }
};

ORRERY_TEST(FeaturesTest)
#include "features_test.moc"
