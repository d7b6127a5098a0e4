#include "core/training/series_source.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::training {
namespace {

using media::table::Gaps;

Gaps gapsOf(const TrainingSettings& settings) {
  return settings.gaps == "refuse" ? Gaps::kRefuse
         : settings.gaps == "zero" ? Gaps::kZero
                                   : Gaps::kInterpolate;
}

void requireNumbers(const SeriesTable& table) {
  if (table.columns.empty()) throw Error(ErrorKind::kInvalidInput, "no column holds numbers");
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (std::ranges::none_of(table.columns[i], [](float x) { return std::isfinite(x); }))
      throw Error(ErrorKind::kInvalidInput, "holds no numbers")
          .in("column " + orrery::quoted(table.names[i]));
}

}  // namespace

SeriesTable readSeries(const TrainingSettings& settings, const JobContext& context) {
  return withContext(settings.trainFile, [&] {
    auto table = media::table::readSeries(settings.trainFile, settings.valueColumns,
                                          Json::parse(settings.table.dump()), context);
    requireNumbers(table);
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      media::table::fillGaps(table.columns[i], gapsOf(settings), table.names[i], 0);
    return table;
  });
}

}  // namespace orrery::training
