// Asking models, and what comes of it.
#include <QBuffer>
#include <QFileDialog>
#include <QFileInfo>
#include <QPushButton>
#include <QStackedWidget>
#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "core/base/file.h"
#include "ui/forecast/backtest_page.h"
#include "ui/forecast/forecast_export.h"
#include "ui/forecast/forecast_panel.h"
#include "ui/forecast/forecast_plot.h"

namespace orrery::ui {
namespace {

constexpr int kMostRoom = 100000;  // steps ahead of a table that are shown before a forecast

void write(const QString& path, const QByteArray& bytes) {
  writeFileAtomically(path.toStdString(),
                      {bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

QByteArray pngOf(const QPixmap& picture) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  picture.save(&buffer, "PNG");
  return bytes;
}

}  // namespace

void ForecastPanel::run() {
  pages_->currentIndex() == kBacktest ? runBacktest() : runForecast();
}

void ForecastPanel::stop() {
  later_ = Later::kNothing;
  models_->stop();
}

void ForecastPanel::runForecast() {
  if (source_->rows() == 0 && source_->busy()) {
    later_ = Later::kForecast;
    return;
  }
  if (pages_->currentIndex() != kSeries) showView(kSeries);
  asked_ = true;
  ask(false, tr("Forecast %1").arg(QFileInfo(source_->file()).fileName()));
}

void ForecastPanel::runBacktest() {
  if (source_->rows() == 0 && source_->busy()) {
    later_ = Later::kBacktest;
    return;
  }
  showView(kBacktest);
  ask(true, tr("Backtest on %1").arg(QFileInfo(source_->file()).fileName()));
}

void ForecastPanel::ask(bool backtest, const QString& title) {
  if (source_->rows() == 0 || models_->rowCount() == 0 || state_.columns.empty()) return;
  ForecastQuestion question{.file = source_->file(), .title = title};
  try {
    question.options = backtest ? backtestOptions(state_) : forecastOptions(state_);
  } catch (const Error& error) {
    return showProblem(QString::fromUtf8(error.what()), false);
  }
  if (!title.isEmpty()) showProblem({}, false);
  backtest ? models_->askBacktest(question) : models_->askForecast(question);
}

// Once it was asked for, the forecast follows what is changed.
void ForecastPanel::followOrigin() {
  if (asked_) ask(false, {});
}

void ForecastPanel::onOriginMoved(qint64 row) {
  state_.origin = row;
  if (row == source_->rows()) state_.origin.reset();
  save();
  followOrigin();
}

// Room behind the last row for what is forecast, or before that is known, for the origin's line.
int ForecastPanel::showAhead() {
  int steps = 0;
  for (int i = 0; i < models_->rowCount(); ++i)
    if (const auto& forecast = models_->item(i).forecast)
      steps = std::max(steps, forecast->steps());
  const auto room = static_cast<int>(std::min<std::int64_t>(source_->rows() / 24, kMostRoom));
  plot_->setAhead(steps > 0 ? steps : std::max(state_.horizon, room));
  return steps;
}

void ForecastPanel::onForecasts() {
  bool troubled = false;
  for (int i = 0; i < models_->rowCount(); ++i)
    troubled = troubled || !models_->item(i).problem.isEmpty();
  const int steps = showAhead();
  const bool first = steps > 0 && !std::exchange(answered_, steps > 0);
  if (steps == 0) answered_ = false;
  first ? plot_->showOrigin() : plot_->redraw();
  if (steps > 0 && !troubled) showProblem({}, false);
  updateActions();
}

void ForecastPanel::exportSeen() {
  if (!export_->isEnabled()) return;
  const QFileInfo file(source_->file());
  const QString values =
      pages_->currentIndex() == kBacktest ? tr("Scores (*.csv)") : tr("Values (*.csv)");
  const QString path =
      QFileDialog::getSaveFileName(this, tr("Export what is seen"),
                                   file.absolutePath() + QLatin1Char('/') +
                                       file.completeBaseName() + QStringLiteral("-forecast.csv"),
                                   values + QStringLiteral(";;") + tr("Picture (*.png)"));
  if (path.isEmpty()) return;
  try {
    writeSeen(path);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void ForecastPanel::writeSeen(const QString& path) {
  const bool picture = path.endsWith(QLatin1String(".png"), Qt::CaseInsensitive);
  const bool scores = pages_->currentIndex() == kBacktest;
  if (picture) return write(path, pngOf(scores ? backtest_->picture() : plot_->picture()));
  if (!path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive))
    throw Error(ErrorKind::kInvalidInput, "{}: expected a name that ends in .csv or .png",
                path.toStdString());
  if (scores) return write(path, backtest_->document());
  const auto rows = static_cast<double>(source_->rows());
  write(path, forecastDocument(*source_, *models_, state_.columns,
                               static_cast<std::int64_t>(std::max(0.0, plot_->rangeBegin())),
                               static_cast<std::int64_t>(std::min(rows, plot_->rangeEnd()))));
}

}  // namespace orrery::ui
