#include "core/media/table/parquet/column.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace orrery::media::table::parquet_file {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kBatch = 1 << 14;
constexpr double kDay = 86400;

/// How whole numbers of a column become numbers or seconds.
struct Meaning {
  double scale = 1;
  bool time = false;  ///< a point in time
  bool isUnsigned = false;
  bool half = false;     ///< a float of 16 bits
  bool decimal = false;  ///< bytes are a whole number, the highest first
};

double secondsOf(parquet::LogicalType::TimeUnit::unit unit) {
  using Unit = parquet::LogicalType::TimeUnit;
  return unit == Unit::MILLIS ? 1e-3 : unit == Unit::MICROS ? 1e-6 : 1e-9;
}

Meaning meaningOf(const parquet::ColumnDescriptor& column) {
  Meaning meaning;
  meaning.time = column.physical_type() == parquet::Type::INT96;
  const auto type = column.logical_type();
  if (!type) return meaning;
  if (type->is_timestamp()) {
    meaning.time = true;
    meaning.scale = secondsOf(static_cast<const parquet::TimestampLogicalType&>(*type).time_unit());
  } else if (type->is_time()) {
    meaning.scale = secondsOf(static_cast<const parquet::TimeLogicalType&>(*type).time_unit());
  } else if (type->is_date()) {
    meaning.time = true;
    meaning.scale = kDay;
  } else if (type->is_decimal()) {
    meaning.decimal = true;
    meaning.scale = std::pow(10.0, -static_cast<const parquet::DecimalLogicalType&>(*type).scale());
  } else if (type->is_int()) {
    meaning.isUnsigned = !static_cast<const parquet::IntLogicalType&>(*type).is_signed();
  }
  meaning.half = type->is_float16();
  return meaning;
}

double fromHalf(const std::uint8_t* bytes) {
  const int bits = bytes[0] | bytes[1] << 8;
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 31) return kNone;
  const double size =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/// A whole number in two's complement, the highest byte first.
double fromBytes(const std::uint8_t* bytes, std::size_t count) {
  if (count == 0) return kNone;
  double value = static_cast<std::int8_t>(bytes[0]);
  for (std::size_t i = 1; i < count; ++i) value = value * 256 + bytes[i];
  return value;
}

/// A number in the place of a time: an epoch, or 20160701.
double timeOf(double number, TimeForm form) {
  switch (form) {
    case TimeForm::kSeconds:
      return number;
    case TimeForm::kMilliseconds:
      return number * 1e-3;
    case TimeForm::kMicroseconds:
      return number * 1e-6;
    case TimeForm::kNanoseconds:
      return number * 1e-9;
    default:
      return parseTime(fmt::format("{:.0f}", number), form).value_or(kNone);
  }
}

/// Turns values of one physical type into numbers.
struct Converter {
  Meaning meaning;
  std::optional<TimeForm> form;  ///< of texts and plain numbers, where times are wanted
  std::size_t width;             ///< bytes of a value of fixed length
  std::string_view name;         ///< of the column

  double plain(double value) const { return form && !meaning.time ? timeOf(value, *form) : value; }
  double scaled(double value) const {
    return meaning.scale == 1 ? plain(value) : meaning.scale * value;
  }
  double operator()(bool value) const { return value; }
  double operator()(float value) const { return plain(value); }
  double operator()(double value) const { return plain(value); }
  double operator()(std::int32_t value) const {
    return scaled(meaning.isUnsigned ? static_cast<std::uint32_t>(value) : double(value));
  }
  double operator()(std::int64_t value) const {
    return scaled(meaning.isUnsigned ? static_cast<double>(static_cast<std::uint64_t>(value))
                                     : static_cast<double>(value));
  }
  double operator()(const parquet::Int96& value) const {
    constexpr double kDayOf1970 = 2440588;  // Julian
    const auto nanoseconds = static_cast<std::uint64_t>(value.value[1]) << 32 | value.value[0];
    return (value.value[2] - kDayOf1970) * kDay + static_cast<double>(nanoseconds) * 1e-9;
  }
  double operator()(const parquet::FixedLenByteArray& value) const {
    return meaning.half ? fromHalf(value.ptr) : meaning.scale * fromBytes(value.ptr, width);
  }
  double operator()(const parquet::ByteArray& value) const {
    if (meaning.decimal) return meaning.scale * fromBytes(value.ptr, value.len);
    const std::string_view text(reinterpret_cast<const char*>(value.ptr), value.len);
    if (trimmed(text).empty()) return kNone;
    const TimeForm wanted = form.value_or(TimeForm::kYearMonthDay);
    if (const auto time = parseTime(text, wanted)) return *time;
    if (const auto clock = parseTimeOfDay(text)) return *clock;
    throw Error(ErrorKind::kInvalidInput, "column {}: expected a time ({}), found {}", quoted(name),
                timeFormName(wanted), quoted(text));
  }
};

template <class Type>
class Values : public ColumnValues {
 public:
  using Value = typename Type::c_type;
  Values(std::shared_ptr<parquet::ColumnReader> reader, const parquet::ColumnDescriptor& column,
         std::optional<TimeForm> form)
      : owner_(std::move(reader)),
        reader_(static_cast<parquet::TypedColumnReader<Type>&>(*owner_)),
        column_(column),
        name_(column.path()->ToDotString()),
        convert_{meaningOf(column), form,
                 static_cast<std::size_t>(std::max(column.type_length(), 0)), name_} {}

  void skip(std::int64_t rows) override {
    if (reader_.Skip(rows) != rows) throwShort();
  }

  void read(std::int64_t rows, std::vector<double>& out) override {
    each(rows, [&](const Value* value) {
      const double number = value ? convert_(*value) : kNone;
      out.push_back(std::isfinite(number) ? number : kNone);
    });
  }

  std::vector<std::string> texts(std::int64_t rows) override {
    std::vector<std::string> result;
    each(rows,
         [&](const Value* value) { result.push_back(value ? textOf(*value) : std::string()); });
    return result;
  }

 private:
  [[noreturn]] void throwShort() const {
    throw Error(ErrorKind::kInvalidInput, "column {} has fewer rows than the file says",
                quoted(name_));
  }

  std::string textOf(const Value& value) const {
    if constexpr (std::is_same_v<Value, parquet::ByteArray>) {
      if (!convert_.meaning.decimal)
        return std::string(reinterpret_cast<const char*>(value.ptr), value.len);
    }
    if constexpr (std::is_same_v<Value, parquet::FixedLenByteArray>) {
      if (!convert_.meaning.decimal && !convert_.meaning.half) return "…";
    }
    if constexpr (std::is_same_v<Value, float>) return fmt::format("{}", value);
    const double number = convert_(value);
    return convert_.meaning.time ? timeText(number) : fmt::format("{}", number);
  }

  /// Calls `take` with each of the next values, or with nullptr.
  template <class Take>
  void each(std::int64_t rows, Take&& take) {
    const bool optional = column_.max_definition_level() > 0;
    std::vector<std::int16_t> levels(static_cast<std::size_t>(std::min(rows, kBatch)));
    const auto values = std::make_unique<Value[]>(levels.size());
    while (rows > 0) {
      std::int64_t found = 0;
      const std::int64_t got =
          reader_.ReadBatch(std::min(rows, kBatch), levels.data(), nullptr, values.get(), &found);
      if (got <= 0) throwShort();
      const Value* next = values.get();
      for (std::int64_t i = 0; i < got; ++i) {
        const bool there =
            !optional || levels[static_cast<std::size_t>(i)] == column_.max_definition_level();
        take(there ? next++ : nullptr);
      }
      rows -= got;
    }
  }

  std::shared_ptr<parquet::ColumnReader> owner_;
  parquet::TypedColumnReader<Type>& reader_;
  const parquet::ColumnDescriptor& column_;
  std::string name_;
  Converter convert_;
};

/// Lists and the like.
class Unshown : public ColumnValues {
 public:
  void skip(std::int64_t) override {}
  void read(std::int64_t rows, std::vector<double>& out) override {
    out.insert(out.end(), static_cast<std::size_t>(rows), kNone);
  }
  std::vector<std::string> texts(std::int64_t rows) override {
    return std::vector<std::string>(static_cast<std::size_t>(rows), "…");
  }
};

}  // namespace

Column::Kind kindOf(const parquet::ColumnDescriptor& column) {
  if (column.max_repetition_level() > 0) return Column::Kind::kText;
  const Meaning meaning = meaningOf(column);
  if (meaning.time) return Column::Kind::kTime;
  const auto type = column.physical_type();
  const bool bytes =
      type == parquet::Type::BYTE_ARRAY || type == parquet::Type::FIXED_LEN_BYTE_ARRAY;
  return bytes && !meaning.decimal && !meaning.half ? Column::Kind::kText : Column::Kind::kNumber;
}

std::unique_ptr<ColumnValues> columnValues(std::shared_ptr<parquet::ColumnReader> reader,
                                           const parquet::ColumnDescriptor& column,
                                           std::optional<TimeForm> form) {
  if (column.max_repetition_level() > 0) return std::make_unique<Unshown>();
  const auto of = [&]<class Type>(Type) -> std::unique_ptr<ColumnValues> {
    return std::make_unique<Values<Type>>(std::move(reader), column, form);
  };
  switch (column.physical_type()) {
    case parquet::Type::BOOLEAN:
      return of(parquet::BooleanType());
    case parquet::Type::INT32:
      return of(parquet::Int32Type());
    case parquet::Type::INT64:
      return of(parquet::Int64Type());
    case parquet::Type::INT96:
      return of(parquet::Int96Type());
    case parquet::Type::FLOAT:
      return of(parquet::FloatType());
    case parquet::Type::DOUBLE:
      return of(parquet::DoubleType());
    case parquet::Type::BYTE_ARRAY:
      return of(parquet::ByteArrayType());
    case parquet::Type::FIXED_LEN_BYTE_ARRAY:
      return of(parquet::FLBAType());
    default:
      return std::make_unique<Unshown>();
  }
}

}  // namespace orrery::media::table::parquet_file
