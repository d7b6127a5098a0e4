#include "ui/forecast/row_ticker.h"

#include <cmath>

namespace orrery::ui {
namespace {

constexpr double kDay = 86400;
constexpr int kBisections = 40;

// What of a time is worth a label where so many seconds are seen.
QString formatFor(double seconds) {
  if (seconds > 1000 * kDay) return QStringLiteral("yyyy-MM");
  if (seconds > 6 * kDay) return QStringLiteral("yyyy-MM-dd");
  return seconds > 600 ? QStringLiteral("MM-dd HH:mm") : QStringLiteral("HH:mm:ss");
}

}  // namespace

RowTicker::RowTicker(const SeriesSource& source) : source_(source) {
  setDateTimeSpec(Qt::UTC);
  setTickCount(7);
}

QCPRange RowTicker::timesOf(const QCPRange& rows) const {
  const SeriesValues& values = source_.whole();
  return QCPRange(values.timeAt(rows.lower), values.timeAt(rows.upper));
}

// Times rise with the rows, but not always evenly.
double RowTicker::rowAt(double time, const QCPRange& rows) const {
  double low = rows.lower - rows.size(), high = rows.upper + rows.size();  // ticks lie beyond too
  for (int i = 0; i < kBisections; ++i) {
    const double middle = (low + high) / 2;
    (source_.whole().timeAt(middle) < time ? low : high) = middle;
  }
  return (low + high) / 2;
}

double RowTicker::getTickStep(const QCPRange& range) {
  if (!source_.whole().hasTimes()) return std::max(1.0, QCPAxisTicker::getTickStep(range));
  return QCPAxisTickerDateTime::getTickStep(timesOf(range));
}

QVector<double> RowTicker::createTickVector(double step, const QCPRange& range) {
  if (!source_.whole().hasTimes()) return QCPAxisTicker::createTickVector(step, range);
  const QCPRange times = timesOf(range);
  setDateTimeFormat(formatFor(times.size()));
  QVector<double> ticks = QCPAxisTickerDateTime::createTickVector(step, times);
  for (double& tick : ticks) tick = rowAt(tick, range);
  return ticks;
}

int RowTicker::getSubTickCount(double) {
  return 0;
}

QString RowTicker::getTickLabel(double tick, const QLocale& locale, QChar form, int precision) {
  if (!source_.whole().hasTimes()) return locale.toString(static_cast<qlonglong>(tick) + 1);
  // Rounded, for finding the row has left a trace behind the comma.
  return QCPAxisTickerDateTime::getTickLabel(std::round(source_.whole().timeAt(tick) * 10) / 10,
                                             locale, form, precision);
}

}  // namespace orrery::ui
