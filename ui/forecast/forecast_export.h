#pragma once

#include <QByteArray>

#include "ui/forecast/forecast_models.h"
#include "ui/forecast/series_source.h"

namespace orrery::ui {

/// A table of what is seen and expected of `columns`, as CSV: a line for each row from `begin` up
/// to `end` and as far as forecasts reach, with its time, the values that came, and of each model
/// its point and its quantiles ("load PatchTST 0.9").
QByteArray forecastDocument(const SeriesSource& source, const ForecastModels& models,
                            const std::vector<std::string>& columns, std::int64_t begin,
                            std::int64_t end);

}  // namespace orrery::ui
