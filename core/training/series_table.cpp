#include "core/training/series_table.h"

#include <cmath>

#include "core/base/error.h"
#include "core/media/table/table.h"

namespace orrery::training {
namespace {

namespace table = media::table;

std::vector<std::size_t> chosen(const table::Layout& layout,
                                const std::vector<std::string>& wanted) {
  std::vector<std::size_t> places;
  for (const auto& name : wanted) {
    places.push_back(layout.columnNamed(name));
    if (layout.columns[places.back()].kind != table::Column::Kind::kNumber)
      throw Error(ErrorKind::kInvalidInput, "holds no numbers")
          .in("column " + orrery::quoted(name));
  }
  for (std::size_t i = 0; wanted.empty() && i < layout.columns.size(); ++i)
    if (layout.columns[i].kind == table::Column::Kind::kNumber) places.push_back(i);
  if (places.empty()) throw Error(ErrorKind::kInvalidInput, "no column holds numbers");
  return places;
}

void refuseGaps(const SeriesTable& series) {
  for (std::size_t i = 0; i < series.columns.size(); ++i)
    for (std::size_t row = 0; row < series.columns[i].size(); ++row)
      if (!std::isfinite(series.columns[i][row]))
        throw Error(ErrorKind::kInvalidInput, "the value of row {} is missing", row + 1)
            .in("column " + orrery::quoted(series.names[i]));
}

}  // namespace

SeriesTable readSeries(const TrainingSettings& settings, const JobContext& context) {
  const auto options = withContext(
      "table", [&] { return table::ReadOptions::fromJson(Json::parse(settings.table.dump())); });
  const auto opened = table::Table::open(settings.trainFile, options, context);
  return withContext(settings.trainFile, [&] {
    const auto places = chosen(opened->layout(), settings.valueColumns);
    SeriesTable series;
    for (const auto place : places) series.names.push_back(opened->layout().columns[place].name);
    series.columns = opened->read({.columns = places}, context).columns;
    refuseGaps(series);
    return series;
  });
}

}  // namespace orrery::training
