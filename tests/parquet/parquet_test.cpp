#undef signals  // a name in Arrow's headers
#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/writer.h>

#include <cmath>

#include "core/base/error.h"
#include "core/media/table/table.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::media::table;

namespace {

constexpr std::int64_t kFirst = 1'577'836'800;  // 2020-01-01

template <class T>
T unwrapped(arrow::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return std::move(result).ValueOrDie();
}

void require(const arrow::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

/// A column of `count` values; `value` gives each, nothing for none.
template <class Builder, class Value>
std::shared_ptr<arrow::Array> arrayOf(Builder&& builder, int count, Value&& value) {
  for (int i = 0; i < count; ++i) {
    if (const auto given = value(i))
      require(builder.Append(*given));
    else
      require(builder.AppendNull());
  }
  return unwrapped(builder.Finish());
}

using Columns = std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>;

std::string parquetOf(const Columns& columns, std::int64_t groupRows = 1 << 20) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  const auto out = unwrapped(arrow::io::BufferOutputStream::Create());
  require(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, groupRows));
  return unwrapped(out->Finish())->ToString();
}

std::shared_ptr<const Table> tableOf(std::string bytes, const Json& options = Json::object()) {
  return Table::open(ByteSource::memory(std::move(bytes)), ReadOptions::fromJson(options));
}

std::shared_ptr<arrow::Array> hours(int count, arrow::TimeUnit::type unit, std::int64_t each) {
  return arrayOf(arrow::TimestampBuilder(arrow::timestamp(unit), arrow::default_memory_pool()),
                 count, [&](int i) { return std::optional((kFirst + 3600 * i) * each); });
}

std::shared_ptr<arrow::Array> numbers(int count, double step) {
  return arrayOf(arrow::DoubleBuilder(), count, [&](int i) { return std::optional(step * i); });
}

std::vector<float> column(const Table& table, const std::string& name, std::int64_t first = 0,
                          std::int64_t count = -1) {
  return table.read({{table.layout().columnNamed(name)}, first, count}).columns[0];
}

void checkColumn(const Table& table, const std::string& name, const std::vector<float>& expected) {
  const auto got = column(table, name);
  QCOMPARE(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    QVERIFY2(got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i])),
             qPrintable(QString("%1, row %2: %3").arg(name.c_str()).arg(i).arg(got[i])));
}

void checkRefused(const std::string& bytes, const char* expected,
                  const Json& options = Json::object()) {
  try {
    tableOf(bytes, options);
    QFAIL("no error");
  } catch (const Error& error) {
    QVERIFY2(QString(error.what()).contains(expected), error.what());
  }
}

const float kNone = std::nanf("");

}  // namespace

class ParquetTest : public QObject {
  Q_OBJECT

 private slots:
  void numbersOfEveryType() {
    const auto pool = arrow::default_memory_pool();
    const auto table = tableOf(parquetOf(
        {{"small", arrayOf(arrow::Int8Builder(), 3,
                           [](int i) {
                             return i == 1 ? std::nullopt
                                           : std::optional<std::int8_t>(-100 * (i == 0) + i);
                           })},
         {"large", arrayOf(arrow::UInt64Builder(), 3,
                           [](int i) {
                             return std::optional<std::uint64_t>(
                                 (1ull << 63) + (static_cast<std::uint64_t>(i) << 62));
                           })},
         {"whole",
          arrayOf(arrow::UInt32Builder(), 3,
                  [](int i) { return std::optional<std::uint32_t>(4'000'000'000u + 256u * i); })},
         {"half",
          arrayOf(arrow::HalfFloatBuilder(), 3,
                  [](int i) {
                    constexpr std::uint16_t kBits[] = {0x3C00, 0xC100, 0x0001};  // 1, -2.5, 2^-24
                    return std::optional(kBits[i]);
                  })},
         {"single", arrayOf(arrow::FloatBuilder(), 3,
                            [](int i) { return std::optional(i == 2 ? INFINITY : 0.5f * i); })},
         {"cents", arrayOf(arrow::Decimal128Builder(arrow::decimal128(30, 2), pool), 3,
                           [](int i) { return std::optional(arrow::Decimal128(-150 * i)); })},
         {"truth",
          arrayOf(arrow::BooleanBuilder(), 3, [](int i) { return std::optional(i == 1); })},
         {"nothing", std::make_shared<arrow::NullArray>(3)}}));
    QCOMPARE(table->rows(), 3);
    QVERIFY(!table->hasTimes());
    checkColumn(*table, "small", {-100, kNone, 2});
    checkColumn(*table, "large", {9223372036854775808.0f, 13835058055282163712.0f, 0});
    checkColumn(*table, "whole", {4000000000.0f, 4000000256.0f, 4000000512.0f});
    checkColumn(*table, "half", {1, -2.5f, std::ldexp(1.0f, -24)});
    checkColumn(*table, "single", {0, 0.5f, kNone});
    checkColumn(*table, "cents", {0, -1.5f, -3});
    checkColumn(*table, "truth", {0, 1, 0});
    checkColumn(*table, "nothing", {kNone, kNone, kNone});
    QCOMPARE(table->pyramid(0).numbers(), 2);
  }

  void timesOfEveryType() {
    const auto value = numbers(4, 1);
    for (const auto& [unit, each] : {std::pair(arrow::TimeUnit::MILLI, std::int64_t{1000}),
                                     std::pair(arrow::TimeUnit::MICRO, std::int64_t{1000000}),
                                     std::pair(arrow::TimeUnit::NANO, std::int64_t{1000000000})}) {
      const auto table = tableOf(parquetOf({{"v", value}, {"t", hours(4, unit, each)}}));
      QCOMPARE(table->layout().timeColumns, std::vector<std::size_t>{1});
      QCOMPARE(table->firstTime(), double(kFirst));
      QCOMPARE(table->lastTime(), kFirst + 3 * 3600.0);
      QVERIFY(!table->layout().toJson().contains("time_form"));
    }
    const auto days = arrayOf(arrow::Date32Builder(), 4,
                              [](int i) { return std::optional<std::int32_t>(18262 + i); });
    QCOMPARE(tableOf(parquetOf({{"d", days}, {"v", value}}))->lastTime(), kFirst + 3 * 86400.0);
    const auto texts = arrayOf(arrow::StringBuilder(), 4, [](int i) {
      return std::optional(std::to_string(28 + i) + ".12.2019");
    });
    const auto table = tableOf(parquetOf({{"when", texts}, {"v", value}}));
    QCOMPARE(table->firstTime(), kFirst - 4 * 86400.0);
    QCOMPARE(table->layout().toJson()["time_form"].get<std::string>(), std::string("dmy"));
    const auto seconds = arrayOf(arrow::Int64Builder(), 4,
                                 [](int i) { return std::optional(1000 * (kFirst + 60 * i)); });
    QCOMPARE(tableOf(parquetOf({{"timestamp", seconds}, {"v", value}}))->lastTime(),
             kFirst + 180.0);
  }

  void dateAndTimeOfDayInTwoColumns() {
    const auto days = arrayOf(arrow::Date32Builder(), 4,
                              [](int i) { return std::optional<std::int32_t>(18262 + i / 2); });
    const auto clock = arrayOf(
        arrow::Time32Builder(arrow::time32(arrow::TimeUnit::MILLI), arrow::default_memory_pool()),
        4, [](int i) { return std::optional<std::int32_t>(i % 2 * 43'200'000); });
    const auto bytes = parquetOf({{"d", days}, {"c", clock}, {"v", numbers(4, 1)}});
    const auto times = tableOf(bytes, {{"time_columns", {"d", "c"}}})->read({{2}, 0, -1}).times;
    QCOMPARE(times,
             (std::vector<double>{kFirst, kFirst + 43200., kFirst + 86400., kFirst + 129600.}));
  }

  void rowsOfManyGroupsAreReadAnywhere() {
    const auto bytes = parquetOf(
        {{"t", hours(10'000, arrow::TimeUnit::MILLI, 1000)}, {"v", numbers(10'000, 0.5)}}, 777);
    const auto table = tableOf(bytes);
    QCOMPARE(table->rows(), 10'000);
    QCOMPARE(table->firstUnordered(), -1);
    QCOMPARE(table->pyramid(1).whole().greatest, 4999.5f);
    for (const std::int64_t first : {0, 776, 777, 5000, 9990}) {
      const auto values = table->read({{1}, first, 800});
      QCOMPARE(values.columns[0].size(), std::size_t(std::min<std::int64_t>(800, 10'000 - first)));
      for (std::size_t i = 0; i < values.columns[0].size(); ++i) {
        QCOMPARE(values.columns[0][i], 0.5f * (first + i));
        QCOMPARE(values.times[i], kFirst + 3600.0 * (first + i));
      }
    }
  }

  void listsAndTextsAreShownNotRead() {
    const auto item = std::make_shared<arrow::Int32Builder>();
    arrow::ListBuilder lists(arrow::default_memory_pool(), item);
    for (int i = 0; i < 2; ++i) {
      require(lists.Append());
      require(item->AppendValues({1, 2, 3}));
    }
    const auto words = arrayOf(arrow::StringBuilder(), 2, [](int i) {
      return i == 0 ? std::optional<std::string>("word") : std::nullopt;
    });
    const auto table = tableOf(
        parquetOf({{"list", unwrapped(lists.Finish())}, {"words", words}, {"v", numbers(2, 1)}}));
    QCOMPARE(table->layout().columns[0].kind, Column::Kind::kText);
    QCOMPARE(table->preview().rows[0], (std::vector<std::string>{"…", "word", "0"}));
    QCOMPARE(table->preview().rows[1][1], std::string());
    checkColumn(*table, "v", {0, 1});
  }

  void badInput() {
    const auto good =
        parquetOf({{"t", hours(500, arrow::TimeUnit::MILLI, 1000)}, {"v", numbers(500, 0.1)}});
    checkRefused(good.substr(0, good.size() / 2), "cannot be read as Parquet");
    checkRefused("PAR1", "cannot be read as Parquet");
    checkRefused(good, "table.delimiter: is for texts", {{"delimiter", ";"}});
    checkRefused(good, "table.time_form: column \"t\" holds times", {{"time_form", "dmy"}});
    checkRefused(good, "there is no column \"x\"", {{"time_columns", "x"}});
    checkRefused(parquetOf({{"t", hours(5, arrow::TimeUnit::MILLI, 1000)}}),
                 "has no column of numbers");
    const auto words = arrayOf(arrow::StringBuilder(), 1200, [](int i) {
      return std::optional<std::string>(i < 1100 ? "2020-01-01" : "soon");
    });
    checkRefused(parquetOf({{"when", words}, {"v", numbers(1200, 1)}}),
                 "column \"when\": expected a time (ymd), found \"soon\"");
  }

  void everyDamageEndsInAnErrorOrATable() {
    const auto good =
        parquetOf({{"t", hours(300, arrow::TimeUnit::MILLI, 1000)}, {"v", numbers(300, 0.1)}}, 100);
    int refused = 0;
    for (std::size_t at = 4; at < good.size(); at += 7) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x5A);
      try {
        column(*tableOf(bytes), "v");
      } catch (const Error&) {
        ++refused;
      }
    }
    QVERIFY(refused > 20);
  }
};

ORRERY_TEST(ParquetTest)
#include "parquet_test.moc"
