#pragma once

#include <qcustomplot.h>

#include "ui/forecast/series_source.h"

namespace orrery::ui {

/// Ticks of an axis of rows at round times, labelled as such; at round rows if there are no times.
class RowTicker : public QCPAxisTickerDateTime {
 public:
  explicit RowTicker(const SeriesSource& source);

 protected:
  double getTickStep(const QCPRange& range) override;
  QVector<double> createTickVector(double step, const QCPRange& range) override;
  int getSubTickCount(double step) override;
  QString getTickLabel(double tick, const QLocale& locale, QChar form, int precision) override;

 private:
  QCPRange timesOf(const QCPRange& rows) const;
  double rowAt(double time, const QCPRange& rows) const;

  const SeriesSource& source_;
};

}  // namespace orrery::ui
