#include <QElapsedTimer>
#include <cmath>
#include <fstream>

#include "core/base/file.h"
#include "core/protocol/table.h"
#include "tests/support/engine_bench.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

/// Tables as the engine reads them for the window.
class EngineTableTest : public QObject {
  Q_OBJECT

  test::EngineBench bench_;

  std::string write(const char* name, const std::string& text) {
    const std::string path = bench_.folder.filePath(name).toStdString();
    writeFileAtomically(path, text);
    return path;
  }

  /// `rows` rows an hour apart: "a" is the row, "b" a tenth of it with every 50th missing.
  std::string hourly(const char* name, int rows) {
    std::string text = "time;a;b\n";
    for (int row = 0; row < rows; ++row) {
      text += fmt::format("{:02}.{:02}.2024 {:02}:00;{};", row / 24 % 28 + 1, row / 672 + 1,
                          row % 24, row);
      if (row % 50 != 49) text += fmt::format("{},{}", row / 10, row % 10);
      text += '\n';
    }
    return write(name, text);
  }

  template <class Params>
  void checkRefused(const Params& params, const char* expected) {
    try {
      bench_.client->call(params);
      QFAIL("answered");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains(expected), error.what());
    }
  }

 private slots:
  void initTestCase() { bench_.start(); }
  void cleanupTestCase() { bench_.stop(); }

  void openingTellsHowATableIsReadAndWhatItHolds() {
    const auto table = bench_.client->call(OpenTableParams{hourly("hourly.csv", 600)});
    QCOMPARE(table.layout.at("delimiter").get<std::string>(), std::string(";"));
    QCOMPARE(table.layout.at("decimal").get<std::string>(), std::string(","));
    QCOMPARE(table.layout.at("time_form").get<std::string>(), std::string("dmy"));
    QCOMPARE(table.rows, std::int64_t{600});
    QCOMPARE(table.step, 3600.0);
    QCOMPARE(table.firstTime, 1704067200.0);
    QCOMPARE(table.lastTime, 1704067200.0 + 599 * 3600);
    QCOMPARE(table.columns.size(), std::size_t{3});
    QCOMPARE(table.columns[0].kind, std::string("time"));
    QCOMPARE(table.columns[2].missing, std::int64_t{12});
    QCOMPARE(table.columns[1].greatest, 599.0);
    QCOMPARE(table.preview.at(1).at(2), std::string("0,1"));
    QVERIFY(table.problems.empty());
  }
  void theFirstPartAloneIsEnoughForAPreview() {
    const auto table =
        bench_.client->call(OpenTableParams{.path = hourly("hourly.csv", 600), .whole = false});
    QVERIFY(!table.rows && !table.firstTime && !table.columns[1].missing);
    QVERIFY(!table.preview.empty());
  }
  void settingsCorrectWhatIsFound() {
    const auto path = write("odd.csv", "1,5;2\n3,5;4\n");
    const auto table =
        bench_.client->call(OpenTableParams{path, {{"decimal", ","}, {"header", false}}});
    QCOMPARE(table.rows, std::int64_t{2});
    QCOMPARE(table.columns[0].greatest, 3.5);
    checkRefused(OpenTableParams{path, {{"decimals", ","}}}, "decimals");
  }
  void whatIsWrongFurtherDownIsASentenceBesideThePreview() {
    std::string text = "time,a\n";
    for (int hour = 0; hour < 20; ++hour)
      text += fmt::format("2024-01-01 {:02}:00,{}\n",
                          hour == 12   ? 13
                          : hour == 13 ? 12
                                       : hour,
                          hour);
    auto table = bench_.client->call(OpenTableParams{write("unordered.csv", text)});
    QCOMPARE(table.problems.size(), std::size_t{1});
    QVERIFY2(QString::fromStdString(table.problems[0]).startsWith("Row 14:"),
             table.problems[0].c_str());
    table = bench_.client->call(OpenTableParams{
        write("gap.csv", "time,a\n2024-01-01,1\n2024-01-02,2\n2024-01-05,3\n2024-01-06,4\n")});
    QVERIFY(QString::fromStdString(table.problems.at(0)).contains("evenly apart"));
    std::string cells = "time,a\n";
    for (int day = 1; day <= 28; ++day) cells += fmt::format("2024-01-{:02},{}\n", day, day);
    table = bench_.client->call(OpenTableParams{write("cells.csv", cells + "2024-01-29,many\n")});
    QVERIFY(!table.rows);
    QVERIFY2(QString::fromStdString(table.problems.at(0)).contains("many"),
             table.problems[0].c_str());
    checkRefused(OpenTableParams{bench_.folder.filePath("none.csv").toStdString()}, "none.csv");
  }
  void fewRowsComeAsTheyAre() {
    const auto path = hourly("hourly.csv", 600);
    const auto series = bench_.client->call(
        TableSeriesParams{.path = path, .columns = {"b", "a"}, .first = 40, .count = 20});
    QCOMPARE(series.rows, 600);
    QCOMPARE(series.first, 40);
    QCOMPARE(series.count, 20);
    QCOMPARE(series.start, 1704067200.0 + 40 * 3600);
    QCOMPARE(series.step, 3600.0);
    const auto& values = series.arrayContent->at("values", 2);
    QCOMPARE(values.shape, (std::vector<std::int64_t>{2, 20}));
    QCOMPARE(values.values[0], 4.0F);
    QVERIFY(std::isnan(values.values[9]));
    QCOMPARE(values.values[20], 40.0F);
    QVERIFY(!series.arrayContent->has("low"));
  }
  void manyRowsComeAsTheirLeastAndGreatest() {
    const auto series = bench_.client->call(
        TableSeriesParams{.path = hourly("long.csv", 7000), .columns = {"a"}, .points = 70});
    const auto& low = series.arrayContent->at("low", 2);
    const auto& high = series.arrayContent->at("high", 2);
    QCOMPARE(low.shape, (std::vector<std::int64_t>{1, 70}));
    QCOMPARE(low.values.front(), 0.0F);
    QCOMPARE(high.values.back(), 6999.0F);
    for (std::size_t i = 0; i < 70; ++i) {
      QVERIFY(low.values[i] <= 100.0F * static_cast<float>(i));
      QVERIFY(high.values[i] >= 100.0F * static_cast<float>(i + 1) - 1);
    }
    QVERIFY(!series.arrayContent->has("values"));
  }
  void unevenTimesComeWithTheirRows() {
    const auto path =
        write("months.csv", "month,a\n2024-01-01,1\n2024-02-01,2\n2024-03-01,3\n2024-04-01,4\n");
    const auto series = bench_.client->call(TableSeriesParams{.path = path, .columns = {"a"}});
    QVERIFY(!series.step);
    const auto& times = series.arrayContent->at("times", 2);
    QCOMPARE(times.shape, (std::vector<std::int64_t>{2, 4}));
    QCOMPARE(double{times.values[2]} + double{times.values[6]}, 1709251200.0);
    QVERIFY(bench_.client->call(OpenTableParams{path}).problems.empty());  // months are even
  }
  void aFileThatHasChangedIsReadAgain() {
    const auto path = write("grows.csv", "a\n1\n2\n3\n");
    QCOMPARE(bench_.client->call(TableSeriesParams{.path = path, .columns = {"a"}}).rows, 3);
    write("grows.csv", "a\n1\n2\n3\n4\n");
    QCOMPARE(bench_.client->call(TableSeriesParams{.path = path, .columns = {"a"}}).rows, 4);
  }
  void wrongQuestionsAreNamed() {
    const auto path = hourly("hourly.csv", 600);
    checkRefused(TableSeriesParams{.path = path, .columns = {"c"}}, "there is no column \"c\"");
    checkRefused(TableSeriesParams{.path = path, .columns = {"time"}}, "\"time\" holds no numbers");
    checkRefused(TableSeriesParams{.path = path}, "columns");
    checkRefused(TableSeriesParams{.path = path, .columns = {"a"}, .points = 0}, "points");
  }
  void readingALongTableCanBeStopped() {
    const std::string path = bench_.folder.filePath("vast.csv").toStdString();
    {
      std::ofstream file(path);
      file << "a,b\n";
      const std::string line = "12345.678,9876.5432\n";
      std::string block;
      for (int i = 0; i < 50'000; ++i) block += line;
      for (int i = 0; i < 200; ++i) file << block;  // 200 MB
    }
    const auto id = bench_.client->send(OpenTableParams{path});
    bench_.client->cancel(id);
    QElapsedTimer timer;
    timer.start();
    try {
      bench_.client->wait<OpenTableParams>(id);
      QFAIL("answered");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::kCancelled);
    }
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
  }
};

ORRERY_TEST(EngineTableTest)
#include "table_test.moc"
