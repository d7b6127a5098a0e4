#pragma once

#include <QAbstractListModel>
#include <QColor>
#include <memory>
#include <optional>
#include <vector>

#include "ui/forecast/forecast_runner.h"

namespace orrery::ui {

/// A model with what it has answered.
struct ForecastModelItem {
  QString model;
  int color = 0;  ///< of Theme::series()
  std::unique_ptr<ForecastRunner> origins, backtests;
  std::optional<ForecastResult> forecast;
  std::optional<BacktestResult> scores;
  QString problem;  ///< of the last question

  QString name() const;
  bool busy() const { return origins->busy() || backtests->busy(); }
  bool working() const { return origins->working() || backtests->working(); }
};

/// The models that are compared, each with a colour of its own. What they have answered stays until
/// they answer anew.
class ForecastModels : public QAbstractListModel {
  Q_OBJECT

 public:
  explicit ForecastModels(Services& services, QObject* parent = nullptr);

  /// Adds a model unless it is there.
  void add(const QString& model);
  void removeAt(int row);
  const ForecastModelItem& item(int row) const { return *items_[static_cast<std::size_t>(row)]; }
  QStringList models() const;

  void askForecast(const ForecastQuestion& question);
  void askBacktest(const ForecastQuestion& question);
  void stop();
  bool busy() const;
  /// Whether one of them works on a job, not on an origin that moves.
  bool working() const;
  /// Forgets what was answered: it was about other values.
  void forgetAnswers();

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 signals:
  void busyChanged();
  void forecastsChanged();
  void scoresChanged();
  void failed(const QString& reason);
  void progressed(double part);
  void listChanged();

 private:
  void connectRunner(ForecastModelItem& item, ForecastRunner& runner);
  void takeAnswer(ForecastModelItem& item, const ForecastResult& result);
  void refreshRow(const ForecastModelItem& item);
  int freeColor() const;

  Services& services_;
  std::vector<std::unique_ptr<ForecastModelItem>> items_;
};

}  // namespace orrery::ui
