#include "ui/forecast/forecast_export.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace orrery::ui {
namespace {

QByteArray quotedCell(const QString& text) {
  if (!text.contains(QLatin1Char(',')) && !text.contains(QLatin1Char('"'))) return text.toUtf8();
  QString doubled = text;
  return '"' + doubled.replace(QLatin1Char('"'), QLatin1String("\"\"")).toUtf8() + '"';
}

QByteArray number(double value) {
  return std::isfinite(value) ? QByteArray::number(value, 'g', 9) : QByteArray();
}

// A model's forecast of one column.
struct Shown {
  QString name;
  std::int64_t origin;
  const ColumnForecast* forecast;
};

std::vector<Shown> shownOf(const ForecastModels& models, const std::vector<std::string>& columns) {
  std::vector<Shown> shown;
  for (const std::string& column : columns)
    for (int i = 0; i < models.rowCount(); ++i) {
      const ForecastModelItem& item = models.item(i);
      const ColumnForecast* forecast = item.forecast ? item.forecast->of(column) : nullptr;
      if (forecast)
        shown.push_back({QString::fromStdString(column) + QLatin1Char(' ') + item.name(),
                         item.forecast->origin, forecast});
    }
  return shown;
}

double valueAt(const std::vector<double>& values, std::int64_t step) {
  return step < 0 || step >= static_cast<std::int64_t>(values.size())
             ? std::nan("")
             : values[static_cast<std::size_t>(step)];
}

}  // namespace

QByteArray forecastDocument(const SeriesSource& source, const ForecastModels& models,
                            const std::vector<std::string>& columns, std::int64_t begin,
                            std::int64_t end) {
  const auto shown = shownOf(models, columns);
  QByteArray csv = source.whole().hasTimes() ? "time" : "row";
  for (const std::string& column : columns) csv += ',' + quotedCell(QString::fromStdString(column));
  for (const Shown& one : shown) {
    csv += ',' + quotedCell(one.name);
    for (const auto& [level, values] : one.forecast->quantiles)
      csv += ',' + quotedCell(one.name + QStringLiteral(" %1").arg(level));
    end = std::max(end, one.origin + static_cast<std::int64_t>(one.forecast->point.size()));
  }
  csv += '\n';
  const SeriesValues& values =
      source.valuesOf(static_cast<double>(begin), static_cast<double>(end));
  if (!values.exact())
    throw Error(ErrorKind::kInvalidInput,
                "The view holds too many rows to export; zoom in to what is wanted.");
  for (std::int64_t row = begin; row < end; ++row) {
    const auto place = static_cast<double>(row);
    csv += values.hasTimes() ? rowTimeText(values.timeAt(place), source.step()).toUtf8()
                             : QByteArray::number(static_cast<qlonglong>(row) + 1);
    for (const std::string& column : columns) csv += ',' + number(values.at(column, row));
    for (const Shown& one : shown) {
      csv += ',' + number(valueAt(one.forecast->point, row - one.origin));
      for (const auto& [level, steps] : one.forecast->quantiles)
        csv += ',' + number(valueAt(steps, row - one.origin));
    }
    csv += '\n';
  }
  return csv;
}

}  // namespace orrery::ui
