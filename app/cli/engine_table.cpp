#include "app/cli/engine_table.h"

#include <algorithm>
#include <cmath>

#include "core/base/utf8.h"

namespace orrery::engine {
namespace {

using media::table::Column;
using media::table::Layout;
using media::table::Preview;
using media::table::Range;
using media::table::ReadOptions;
using media::table::Selection;
using media::table::Table;
using protocol::RequestContext;

constexpr std::int64_t kAnchors = 65;           // times that are looked up in a long table
constexpr std::int64_t kCheckedRows = 1 << 20;  // whose times are all looked at
constexpr std::int64_t kMostPoints = 1 << 22;
constexpr std::int64_t kMostValues = std::int64_t{1} << 26;

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// The layout, columns and rows that the first part of the file tells.
protocol::OpenTableResult describe(const Preview& preview) {
  protocol::OpenTableResult result;
  const Json json(preview.toJson());
  result.layout = json;
  result.layout.erase("columns");
  result.layout.erase("rows");
  protocol::fromJson(JsonField(json, "table")["columns"], result.columns);
  protocol::fromJson(JsonField(json, "table")["rows"], result.preview);
  return result;
}

/// The row, from the first that is looked at, whose time stands at `place` of timesOf().
std::int64_t rowAt(std::size_t place, std::int64_t count, bool all) {
  const auto at = static_cast<std::int64_t>(place);
  return all ? at : (count - 1) * at / (kAnchors - 1);
}

/// Times of `count` rows from `first` on: of all, or of kAnchors rows evenly among them.
std::vector<double> timesOf(const Table& table, std::int64_t first, std::int64_t count, bool all,
                            const JobContext& context) {
  if (!table.hasTimes() || count == 0) return {};
  if (all) return table.read({{}, first, count}, context).times;
  std::vector<double> times;
  for (std::int64_t i = 0; i < kAnchors; ++i) {
    const std::int64_t row = first + rowAt(static_cast<std::size_t>(i), count, false);
    times.push_back(table.read({{}, row, 1}, context).times.at(0));
  }
  return times;
}

void checkTimes(const Table& table, protocol::OpenTableResult& result, const JobContext& context) {
  if (!table.hasTimes() || table.rows() == 0) return;
  result.firstTime = finite(table.firstTime());
  result.lastTime = finite(table.lastTime());
  const auto looked = std::min(table.rows(), kCheckedRows);
  const auto times = timesOf(table, 0, looked, true, context);
  result.step = finite(media::table::usualStep(times));
  if (const std::int64_t row = table.firstUnordered(); row >= 0) {
    const auto pair = table.read({{}, row - 1, 2}).times;
    result.problems.push_back(
        fmt::format("Row {}: time {} comes after {}; expected times in order.", row + 1,
                    media::table::timeText(pair[1]), media::table::timeText(pair[0])));
  } else if (const std::int64_t gap = media::table::firstGap(times, *result.step); gap >= 0) {
    const auto at = static_cast<std::size_t>(gap);
    result.problems.push_back(
        fmt::format("Row {}: time {} follows {}; models need rows that are evenly apart.", gap + 1,
                    media::table::timeText(times[at]), media::table::timeText(times[at - 1])));
  }
}

/// What only reading all rows tells.
void addWhole(const Table& table, protocol::OpenTableResult& result, const JobContext& context) {
  result.rows = table.rows();
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    if (table.layout().columns[i].kind != Column::Kind::kNumber) continue;
    const auto& pyramid = table.pyramid(i);
    result.columns[i].missing = pyramid.size() - pyramid.numbers();
    result.columns[i].least = finite(pyramid.whole().least);
    result.columns[i].greatest = finite(pyramid.whole().greatest);
  }
  checkTimes(table, result, context);
}

/// Even rows need two numbers; others come as they are, in two floats each that add up.
void addTimes(const std::vector<double>& times, bool all, protocol::TableSeriesResult& result,
              protocol::Arrays& arrays) {
  if (times.empty()) return;
  const double step = (times.back() - times.front()) /
                      static_cast<double>(std::max<std::int64_t>(1, result.count - 1));
  std::size_t even = 0;
  while (even < times.size() &&
         std::abs(times[even] - times[0] -
                  step * static_cast<double>(rowAt(even, result.count, all))) <= 0.01 * step)
    ++even;
  if (even == times.size() && step > 0) {
    result.start = times[0];
    result.step = step;
    return;
  }
  std::vector<float> parts;
  for (const double time : times) parts.push_back(static_cast<float>(time));
  for (const double time : times)
    parts.push_back(static_cast<float>(time - static_cast<double>(static_cast<float>(time))));
  arrays.add("times", {2, static_cast<std::int64_t>(times.size())}, std::move(parts));
}

void addValues(const Table& table, const Selection& selection, const JobContext& context,
               protocol::Arrays& arrays) {
  auto read = table.read(selection, context);
  std::vector<float> values;
  for (const auto& column : read.columns) values.insert(values.end(), column.begin(), column.end());
  const auto columns = static_cast<std::int64_t>(selection.columns.size());
  arrays.add("values", {columns, selection.count}, std::move(values));
}

void addRanges(const Table& table, const Selection& selection, std::int64_t points,
               protocol::Arrays& arrays) {
  std::vector<float> low, high;
  for (const std::size_t column : selection.columns)
    for (const Range& range :
         table.pyramid(column).ranges(selection.first, selection.first + selection.count, points)) {
      low.push_back(range.least);
      high.push_back(range.greatest);
    }
  const auto columns = static_cast<std::int64_t>(selection.columns.size());
  arrays.add("low", {columns, points}, std::move(low));
  arrays.add("high", {columns, points}, std::move(high));
}

Selection selectionOf(const protocol::TableSeriesParams& params, const Table& table) {
  Selection selection;
  if (params.columns.empty())
    throw Error(ErrorKind::kInvalidInput, "columns: expected at least one name");
  for (const std::string& name : params.columns) {
    selection.columns.push_back(table.layout().columnNamed(name));
    if (table.layout().columns[selection.columns.back()].kind != Column::Kind::kNumber)
      throw Error(ErrorKind::kInvalidInput, "columns: {} holds no numbers",
                  quoted(std::string_view(name)));
  }
  const auto points =
      std::min(kMostPoints, kMostValues / static_cast<std::int64_t>(params.columns.size()));
  if (params.points < 1 || params.points > points)
    throw Error(ErrorKind::kInvalidInput, "points: expected 1 to {}, found {}", points,
                params.points);
  selection.first = std::clamp<std::int64_t>(params.first, 0, table.rows());
  selection.count = table.rows() - selection.first;
  if (params.count >= 0) selection.count = std::min(selection.count, params.count);
  return selection;
}

}  // namespace

std::shared_ptr<const Table> TableStore::table(const std::string& path, const Json& settings,
                                               RequestContext& context) {
  Key key{path, settings, {}, 0};
  std::error_code none;  // a file that is not there is named on opening it
  key.changed = std::filesystem::last_write_time(path, none);
  key.size = std::filesystem::file_size(path, none);
  {
    const std::lock_guard lock(mutex_);
    if (table_ && key == key_) return table_;
  }
  auto opened =
      Table::open(path, ReadOptions::fromJson(settings), {context.cancel, context.progress});
  const std::lock_guard lock(mutex_);
  key_ = std::move(key);
  table_ = opened;
  return opened;
}

protocol::OpenTableResult TableStore::open(const protocol::OpenTableParams& params,
                                           RequestContext& context) {
  auto result = describe(Table::previewOf(params.path, ReadOptions::fromJson(params.settings)));
  if (!params.whole) return result;
  try {
    const auto opened = table(params.path, params.settings, context);
    addWhole(*opened, result, {context.cancel, context.progress});
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    result.problems.push_back(utf8::sanitized(error.what()));
  }
  return result;
}

protocol::TableSeriesResult TableStore::series(const protocol::TableSeriesParams& params,
                                               RequestContext& context) {
  const JobContext job{context.cancel, context.progress};
  const auto opened = table(params.path, params.settings, context);
  const Selection selection = selectionOf(params, *opened);
  protocol::TableSeriesResult result{
      .rows = opened->rows(), .first = selection.first, .count = selection.count};
  protocol::Arrays arrays;
  const bool all = selection.count <= params.points;
  if (all)
    addValues(*opened, selection, job, arrays);
  else
    // Finer than the ranges that the index has, neighbours would only repeat each other.
    addRanges(*opened, selection,
              std::min(params.points, selection.count / media::table::Pyramid::kFinest + 1),
              arrays);
  addTimes(timesOf(*opened, selection.first, selection.count, all, job), all, result, arrays);
  result.arrays = context.sendArrays(std::move(arrays));
  return result;
}

}  // namespace orrery::engine
