#include "core/media/table/series.h"

#include <cmath>

#include "core/media/table/calendar.h"
#include "core/media/table/table.h"

namespace orrery::media::table {
namespace {

constexpr std::uint64_t kMostValues = std::uint64_t{1} << 31;

void refuseUneven(const SeriesTable& table) {
  const std::int64_t gap = firstGap(table.times, table.step);
  if (gap < 0) return;
  const auto i = static_cast<std::size_t>(gap);
  throw Error(ErrorKind::kInvalidInput, "time {} follows {}; expected even steps, here {}",
              timeText(table.times[i]), timeText(table.times[i - 1]),
              timeText(stepped(table.times[i - 1], 1, table.step)))
      .in(fmt::format("row {}", i + 1));
}

}  // namespace

void finishSeries(SeriesTable& table) {
  if (table.rows() < 2)
    throw Error(ErrorKind::kInvalidInput, "has {} row{} of values; a series needs more",
                table.rows(), table.rows() == 1 ? "" : "s");
  table.step = usualStep(table.times);
  refuseUneven(table);
}

SeriesTable readSeries(const std::filesystem::path& file, const std::vector<std::string>& wanted,
                       const Json& how, const JobContext& context) {
  const auto table = Table::open(file, ReadOptions::fromJson(how), context);
  SeriesTable result;
  Selection selection;
  const auto& columns = table->layout().columns;
  for (std::size_t i = 0; i < columns.size() && wanted.empty(); ++i)
    if (columns[i].kind == Column::Kind::kNumber) selection.columns.push_back(i);
  for (const std::string& name : wanted)
    selection.columns.push_back(table->layout().columnNamed(name));
  if (static_cast<std::uint64_t>(table->rows()) * selection.columns.size() > kMostValues)
    throw Error(ErrorKind::kInvalidInput,
                "{} columns of {} rows are too many; name some of them in \"columns\"",
                selection.columns.size(), table->rows());
  if (table->firstUnordered() >= 0) {
    const auto pair = table->read({{}, table->firstUnordered() - 1, 2}).times;
    throw Error(ErrorKind::kInvalidInput, "time {} comes after {}; expected times in order",
                timeText(pair[1]), timeText(pair[0]))
        .in(fmt::format("row {}", table->firstUnordered() + 1));
  }
  for (const std::size_t column : selection.columns) result.names.push_back(columns[column].name);
  auto values = table->read(selection, context);
  result.columns = std::move(values.columns);
  result.times = std::move(values.times);
  finishSeries(result);
  return result;
}

void fillGaps(std::span<float> values, Gaps gaps, const std::string& name, std::int64_t first) {
  std::ptrdiff_t before = -1;
  const auto count = static_cast<std::ptrdiff_t>(values.size());
  const auto at = [&](std::ptrdiff_t i) -> float& { return values[static_cast<std::size_t>(i)]; };
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    if (std::isfinite(at(i))) {
      before = i;
      continue;
    }
    if (gaps == Gaps::kRefuse)
      throw Error(ErrorKind::kInvalidInput,
                  "column {}, row {}: the value is missing; gaps may be interpolate, zero "
                  "or mask",
                  quoted(name), first + i + 1);
    std::ptrdiff_t after = i;
    while (after < count && !std::isfinite(at(after))) ++after;
    if (gaps == Gaps::kInterpolate && before < 0 && after == count)
      throw Error(ErrorKind::kInvalidInput, "column {}: no value in rows {} to {}", quoted(name),
                  first + 1, first + count);
    const float left = before >= 0 ? at(before) : after < count ? at(after) : 0;
    const float right = after < count ? at(after) : left;
    for (std::ptrdiff_t k = i; k < after; ++k) {
      const auto share = static_cast<float>(k - before) / static_cast<float>(after - before);
      at(k) = gaps == Gaps::kInterpolate ? left + (right - left) * share : 0;
    }
    i = after - 1;
  }
}

}  // namespace orrery::media::table
