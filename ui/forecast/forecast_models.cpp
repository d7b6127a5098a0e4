#include "ui/forecast/forecast_models.h"

#include <QIcon>
#include <QPainter>
#include <QPixmap>
#include <algorithm>

#include "ui/engine/model_name.h"
#include "ui/library/library_model.h"
#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

constexpr int kSwatch = 12;

QPixmap swatch(const QColor& color) {
  QPixmap picture(kSwatch, kSwatch);
  picture.fill(Qt::transparent);
  QPainter painter(&picture);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  painter.drawRoundedRect(QRectF(0, 0, kSwatch, kSwatch), 3, 3);
  return picture;
}

}  // namespace

QString ForecastModelItem::name() const {
  return shortModelName(model);
}

ForecastModels::ForecastModels(Services& services, QObject* parent)
    : QAbstractListModel(parent), services_(services) {}

int ForecastModels::freeColor() const {
  for (int color = 0;; ++color)
    if (std::ranges::none_of(items_, [color](const auto& item) { return item->color == color; }))
      return color;
}

void ForecastModels::add(const QString& model) {
  if (model.isEmpty() || models().contains(model)) return;
  auto item = std::make_unique<ForecastModelItem>();
  item->model = model;
  item->color = freeColor();
  item->origins = std::make_unique<ForecastRunner>(services_, model);
  item->backtests = std::make_unique<ForecastRunner>(services_, model);
  connectRunner(*item, *item->origins);
  connectRunner(*item, *item->backtests);
  beginInsertRows({}, rowCount(), rowCount());
  items_.push_back(std::move(item));
  endInsertRows();
  emit listChanged();
}

void ForecastModels::connectRunner(ForecastModelItem& item, ForecastRunner& runner) {
  connect(&runner, &ForecastRunner::busyChanged, this, [this, &item] {
    refreshRow(item);
    emit busyChanged();
  });
  connect(&runner, &ForecastRunner::progressed, this, &ForecastModels::progressed);
  connect(&runner, &ForecastRunner::found, this,
          [this, &item](const ForecastResult& result) { takeAnswer(item, result); });
  connect(&runner, &ForecastRunner::failed, this, [this, &item](const QString& reason) {
    item.problem = reason;
    refreshRow(item);
    emit failed(items_.size() > 1 ? tr("%1: %2").arg(item.name(), reason) : reason);
  });
}

void ForecastModels::takeAnswer(ForecastModelItem& item, const ForecastResult& result) {
  item.problem.clear();
  if (result.backtest) {
    item.scores = result.backtest;
    emit scoresChanged();
  } else {
    item.forecast = result;
    emit forecastsChanged();
  }
  refreshRow(item);
}

void ForecastModels::removeAt(int row) {
  beginRemoveRows({}, row, row);
  const auto gone = std::move(items_[static_cast<std::size_t>(row)]);
  items_.erase(items_.begin() + row);
  endRemoveRows();
  for (const auto& runner : {gone->origins.get(), gone->backtests.get()}) {
    runner->disconnect(this);
    runner->stop();
  }
  emit listChanged();
  emit forecastsChanged();
  emit scoresChanged();
  emit busyChanged();
}

QStringList ForecastModels::models() const {
  QStringList models;
  for (const auto& item : items_) models += item->model;
  return models;
}

void ForecastModels::askForecast(const ForecastQuestion& question) {
  for (const auto& item : items_) item->origins->ask(question);
}

void ForecastModels::askBacktest(const ForecastQuestion& question) {
  for (const auto& item : items_) item->backtests->ask(question);
}

void ForecastModels::stop() {
  for (const auto& item : items_) {
    item->origins->stop();
    item->backtests->stop();
  }
}

bool ForecastModels::busy() const {
  return std::ranges::any_of(items_, [](const auto& item) { return item->busy(); });
}

bool ForecastModels::working() const {
  return std::ranges::any_of(items_, [](const auto& item) { return item->working(); });
}

void ForecastModels::forgetAnswers() {
  stop();
  for (const auto& item : items_) {
    item->forecast.reset();
    item->scores.reset();
    item->problem.clear();
  }
  if (!items_.empty()) emit dataChanged(index(0), index(rowCount() - 1));
  emit forecastsChanged();
  emit scoresChanged();
}

void ForecastModels::refreshRow(const ForecastModelItem& item) {
  const auto found =
      std::ranges::find_if(items_, [&item](const auto& one) { return one.get() == &item; });
  if (found == items_.end()) return;
  const QModelIndex row = index(static_cast<int>(found - items_.begin()));
  emit dataChanged(row, row);
}

int ForecastModels::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(items_.size());
}

QVariant ForecastModels::data(const QModelIndex& index, int role) const {
  const ForecastModelItem& shown = item(index.row());
  if (role == Qt::DecorationRole) return swatch(theme().series(shown.color));
  if (role == Qt::ToolTipRole)
    return shown.problem.isEmpty() ? shown.model : shown.model + QLatin1Char('\n') + shown.problem;
  if (role == Qt::ForegroundRole && !shown.problem.isEmpty()) return theme().danger;
  if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole) return {};
  if (shown.working()) return tr("%1 …").arg(shown.name());
  if (!shown.problem.isEmpty() || !shown.forecast) return shown.name();
  return tr("%1 · %2 ms").arg(shown.name()).arg(qRound(1000 * shown.forecast->seconds));
}

}  // namespace orrery::ui
