#include "core/media/table/table.h"

#include <cmath>

#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::media::table;

namespace {

std::shared_ptr<const Table> tableOf(std::string text, const Json& options = Json::object()) {
  return Table::open(ByteSource::memory(std::move(text)), ReadOptions::fromJson(options));
}

/// The values of a column of numbers.
std::vector<float> column(const Table& table, const std::string& name, std::int64_t first = 0,
                          std::int64_t count = -1) {
  return table.read({{table.layout().columnNamed(name)}, first, count}).columns[0];
}

void checkColumn(const Table& table, const std::string& name, std::vector<float> expected) {
  const auto got = column(table, name);
  QCOMPARE(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    QVERIFY2(got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i])),
             qPrintable(QString("row %1: %2").arg(i).arg(got[i])));
}

/// Reading must end in an Error whose text holds `expected`.
void checkRefused(std::string text, const char* expected, const Json& options = Json::object()) {
  try {
    tableOf(std::move(text), options);
    QFAIL("no error");
  } catch (const Error& error) {
    QVERIFY2(QString(error.what()).contains(expected), error.what());
  }
}

std::string inUtf16(std::string_view ascii, bool little) {
  std::string result = little ? "\xFF\xFE" : "\xFE\xFF";
  for (const char c : ascii) {
    if (!little) result += '\0';
    result += c;
    if (little) result += '\0';
  }
  return result;
}

const float kNone = std::nanf("");

}  // namespace

class TableTest : public QObject {
  Q_OBJECT

 private slots:
  void commasQuotesAndMissingValues() {
    const auto table = tableOf(
        "date,\"load, kW\",note\n2016-07-01 00:00:00,1.5,\"a \"\"b\"\"\nc\"\n"
        "2016-07-01 01:00:00,NA,x\n2016-07-01 02:00:00,-2e1,\n2016-07-01 03:00:00,,y");
    QCOMPARE(table->rows(), 4);
    QCOMPARE(table->layout().syntax.delimiter, ',');
    checkColumn(*table, "load, kW", {1.5F, kNone, -20, kNone});
    const auto times = table->read({{}, 1, 2}).times;
    QCOMPARE(times, (std::vector<double>{1467334800, 1467338400}));
    QCOMPARE(table->firstUnordered(), -1);
    QCOMPARE(table->preview().rows[0][2], std::string("a \"b\"\nc"));
  }
  void semicolonsAndDecimalCommas() {
    const auto table =
        tableOf("Zeit;a;b\r\n1.2.2020 13:45;1,5;1.234,5\r\n2.2.2020 13:45;2;-7,25\r\n");
    QCOMPARE(table->layout().syntax.decimal, ',');
    QCOMPARE(table->layout().timeForm, TimeForm::kDayMonthYear);
    checkColumn(*table, "a", {1.5F, 2});
    checkColumn(*table, "b", {1234.5F, -7.25F});
  }
  void notesBeforeTheHeaderAndUnitsBelowIt() {
    const auto table = tableOf(
        "Station 7\nmade by hand\n\ntime\ttemp\twind\n-\t°C\tm/s\n"
        "2020-01-01\t3\t4\n2020-01-02\t5\t6\n2020-01-03\t7\t8\n");
    QCOMPARE(table->layout().skipRows, 3);
    QCOMPARE(table->layout().skipAfterHeader, 1);
    checkColumn(*table, "wind", {4, 6, 8});
  }
  void noHeader() {
    const auto table = tableOf("1;2\n3;4\n5;6\n");
    QVERIFY(!table->layout().header);
    checkColumn(*table, "column 2", {2, 4, 6});
  }
  void whatIsFoundCanBeOverridden() {
    const auto table = tableOf("a|b\n1,5|gone\n2,5|3\n",
                               {{"decimal", ","}, {"missing", "gone"}, {"delimiter", "|"}});
    checkColumn(*table, "a", {1.5F, 2.5F});
    checkColumn(*table, "b", {kNone, 3});
    checkRefused("a,b\n1,2\n", "there is no column \"c\", expected one of a, b",
                 {{"time_columns", "c"}});
    checkRefused("a,b\n1,2\n", "table.delimeter: unknown field", {{"delimeter", ","}});
  }
  void times_data() {
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::addColumn<QString>("form");
    QTest::addColumn<double>("time");
    const auto row = [](const char* first, const char* second, const char* form, double time) {
      QTest::newRow(first) << first << second << form << time;
    };
    row("2016-07-01T00:00:00Z", "2016-07-01T01:00:00Z", "ymd", 1467331200);
    row("2016-07-01T02:00:00.250+02:00", "2016-07-01T03:00:00+02:00", "ymd", 1467331200.25);
    row("2016/07/01 12:30", "2016/07/01 13:30", "ymd", 1467376200);
    row("20160701", "20160702", "ymd", 1467331200);
    row("2016-07", "2016-08", "ymd", 1467331200);
    row("13/07/2016 1:05 PM", "14/07/2016 1:05 PM", "dmy", 1468415100);
    row("07/13/2016", "07/14/2016", "mdy", 1468368000);
    row("01/07/2016", "02/07/2016", "mdy", 1452124800);
    row("01.07.16", "02.07.16", "dmy", 1467331200);
    row("1467331200", "1467334800", "s", 1467331200);
    row("1467331200500", "1467334800500", "ms", 1467331200.5);
  }
  void times() {
    QFETCH(QString, first);
    QFETCH(QString, second);
    QFETCH(QString, form);
    QFETCH(double, time);
    const auto table = tableOf(QString("time,x\n%1,1\n%2,2\n").arg(first, second).toStdString());
    QCOMPARE(table->layout().timeColumns.size(), std::size_t{1});
    QCOMPARE(QString::fromStdString(std::string(timeFormName(table->layout().timeForm))), form);
    QCOMPARE(table->firstTime(), time);
  }
  void evenStepsTellDayFromMonth() {
    // Monthly, on the first day: months first would be days.
    const auto table =
        tableOf("time,x\n01/02/2016,1\n01/03/2016,2\n01/04/2016,3\n", {{"time_form", "dmy"}});
    QCOMPARE(table->lastTime() - table->firstTime(), 60 * 86400.0);
    const auto daily = tableOf("time,x\n09/02/2016,1\n10/02/2016,2\n11/02/2016,3\n12/02/2016,4\n");
    QCOMPARE(daily->layout().timeForm, TimeForm::kDayMonthYear);
  }
  void dateAndTimeInTwoColumns() {
    const auto table = tableOf("Date,Time,x\n01/12/2016,23:00:00,1\n02/12/2016,00:30:00,2\n",
                               {{"time_form", "dmy"}});
    QCOMPARE(table->layout().timeColumns, (std::vector<std::size_t>{0, 1}));
    QCOMPARE(table->lastTime() - table->firstTime(), 5400.0);
  }
  void encodings() {
    for (const bool little : {true, false}) {
      const auto table =
          tableOf(inUtf16("t,x\n\"1,0\",2\n3,4\n", little), {{"time_columns", Json::array()}});
      checkColumn(*table, "x", {2, 4});
    }
    checkColumn(*tableOf("\xEF\xBB\xBFx,y\n1,2\n"), "x", {1});
    checkColumn(*tableOf("Temp\xE9rature,y\n1,2\n"), "Température", {1});
  }
  void badInputIsToldWithItsPlace() {
    std::string mixed = "a,b\n";
    for (int i = 0; i < 200'000; ++i) mixed += "1,x\n";
    checkRefused(mixed + "1,caf\xE9\n", "line 200002, column \"b\": is not UTF-8");
    std::string text = "a,b\n";
    for (int i = 0; i < 1'000'000; ++i) text += "1,2\n";
    checkRefused(text + "1,oops\n",
                 "line 1000002, column \"b\": expected a number, found \"oops\"");
    checkRefused("a,b,c\n1,2,3\n1,2\n1,2,3\n",
                 "line 3: expected 3 cells, as in the first row, found 2");
    checkRefused("time,b\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n2020-13-01,4\n",
                 "line 5, column \"time\": expected a time (ymd), found \"2020-13-01\"",
                 {{"time_columns", "time"}, {"time_form", "ymd"}});
    checkRefused("", "is empty; expected rows of cells");
    checkRefused("name,word\na,b\n", "has no column of numbers");
    checkRefused(std::string("a,b\n\0,1\n", 9), "has bytes of 0");
  }
  void duplicateAndUnorderedTimesAreTold() {
    QCOMPARE(tableOf("time,x\n2020-01-01,1\n2020-01-02,2\n2020-01-02,3\n")->firstUnordered(), 2);
    QCOMPARE(tableOf("time,x\n2020-01-03,1\n2020-01-02,2\n2020-01-04,3\n")->firstUnordered(), 1);
  }
  void manyBlocksGiveTheSameAsOne() {
    std::string text = "x,y\n";
    std::vector<float> expected;
    for (int i = 0; i < 400'000; ++i) {
      expected.push_back(static_cast<float>((i * 37) % 1001) / 8);
      text += std::to_string(expected.back()) + ",\"q\nq\"\n";
    }
    const auto table = tableOf(text);  // some 7 blocks, cut between rows in spite of the quotes
    QCOMPARE(table->rows(), 400'000);
    QVERIFY(column(*table, "x") == expected);
    const auto part = column(*table, "x", 123'456, 1000);
    QVERIFY(std::equal(part.begin(), part.end(), expected.begin() + 123'456));
    QCOMPARE(part.size(), std::size_t{1000});
  }
  void rangesHoldWhatTheyCover() {
    Pyramid pyramid;
    std::vector<float> values;
    for (int i = 0; i < 100'003; ++i)
      values.push_back(i % 50 == 3 ? kNone : static_cast<float>((i * 7919) % 10'007));
    pyramid.append(std::span(values).first(1000));
    pyramid.append(std::span(values).subspan(1000));
    QCOMPARE(pyramid.numbers(),
             std::count_if(values.begin(), values.end(), [](float v) { return !std::isnan(v); }));
    const auto exact = [&](std::size_t first, std::size_t last) {
      float least = 1e9F, greatest = -1e9F;
      for (std::size_t i = first; i < last; ++i)
        if (!std::isnan(values[i]))
          least = std::min(least, values[i]), greatest = std::max(greatest, values[i]);
      return std::pair(least, greatest);
    };
    for (const auto& [first, last, count] :
         {std::tuple(0, 100'003, 10), std::tuple(5000, 90'000, 33),
          std::tuple(99'990, 100'003, 2)}) {
      const auto ranges = pyramid.ranges(first, last, count);
      QCOMPARE(ranges.size(), static_cast<std::size_t>(count));
      for (int i = 0; i < count; ++i) {
        const double each = static_cast<double>(last - first) / count;
        const auto [least, greatest] = exact(static_cast<std::size_t>(first + each * i),
                                             static_cast<std::size_t>(first + each * (i + 1)));
        QVERIFY(ranges[static_cast<std::size_t>(i)].least <= least);
        QVERIFY(ranges[static_cast<std::size_t>(i)].greatest >= greatest);
      }
    }
    QCOMPARE(pyramid.whole().greatest, exact(0, values.size()).second);
  }
  void missingFileIsNamed() { QVERIFY_EXCEPTION_THROWN(Table::open("/nowhere/at-all.csv"), Error); }
  void stepsAreUsualAndGapsAreFound() {
    const std::vector<double> hours{0, 3600, 7200, 14400, 18000};
    QCOMPARE(usualStep(hours), 3600.0);
    QCOMPARE(firstGap(hours, 3600), 3);
    QCOMPARE(firstGap(std::span(hours).first(3), 3600), -1);
    constexpr double kDay = 86400;
    const std::vector<double> months{0, 31 * kDay, 59 * kDay, 90 * kDay, 151 * kDay};
    QCOMPARE(firstGap(months, usualStep(months)), 4);  // February is no gap, a month left out is
    QCOMPARE(usualStep(std::span(hours).first(1)), 0.0);
  }
};

ORRERY_TEST(TableTest)
#include "table_test.moc"
