#include "core/pipelines/series_input.h"

#include <algorithm>

#include "core/media/table/calendar.h"
#include "core/media/table/table.h"

namespace orrery::pipelines {
namespace {

SeriesTable fromValues(const Series& input, const std::vector<std::string>& wanted) {
  SeriesTable all;
  for (const auto& [name, values] : input.columns) {
    all.names.push_back(name);
    all.columns.push_back(values);
    if (values.size() != all.columns[0].size())
      throw Error(ErrorKind::kInvalidInput, "column {} has {} values, the first has {}",
                  quoted(name), values.size(), all.columns[0].size());
  }
  if (input.start) {
    const auto start = media::table::parseTime(*input.start, media::table::TimeForm::kYearMonthDay);
    if (!start)
      throw Error(ErrorKind::kInvalidInput,
                  "input.start: expected a time such as 2016-07-01 13:00, found {}",
                  quoted(*input.start));
    for (std::int64_t i = 0; i < all.rows(); ++i)
      all.times.push_back(media::table::stepped(*start, i, input.step));
  }
  if (wanted.empty()) return all;
  SeriesTable result;
  result.times = all.times;
  for (const std::string& name : wanted) {
    const auto found = std::find(all.names.begin(), all.names.end(), name);
    if (found == all.names.end())
      throw Error(ErrorKind::kNotFound, "there is no column {}", quoted(name));
    result.names.push_back(name);
    result.columns.push_back(all.columns[static_cast<std::size_t>(found - all.names.begin())]);
  }
  return result;
}

}  // namespace

std::shared_ptr<const SeriesTable> SeriesReader::read(const Series& input,
                                                      const std::vector<std::string>& wanted,
                                                      const Json& table,
                                                      const JobContext& context) {
  if (input.file.empty()) {
    if (!table.empty())
      throw Error(ErrorKind::kInvalidInput, "options.table: the input is no file");
    auto result = std::make_shared<SeriesTable>(fromValues(input, wanted));
    media::table::finishSeries(*result);
    return result;
  }
  std::error_code none;  // a file that is not there is named on opening it
  Key key{.file = input.file, .wanted = wanted, .table = table};
  key.changed = std::filesystem::last_write_time(input.file, none);
  key.size = std::filesystem::file_size(input.file, none);
  const std::lock_guard lock(mutex_);
  if (last_ && key == key_) return last_;
  last_.reset();  // first, so that two tables are not in memory at once
  last_ =
      std::make_shared<SeriesTable>(media::table::readSeries(input.file, wanted, table, context));
  key_ = std::move(key);
  return last_;
}

}  // namespace orrery::pipelines
