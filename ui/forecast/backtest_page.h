#pragma once

#include <QWidget>

#include "ui/forecast/forecast_models.h"
#include "ui/forecast/forecast_state.h"

class QCheckBox;
class QComboBox;
class QCustomPlot;
class QLabel;
class QPushButton;
class QSpinBox;
class QTableWidget;

namespace orrery::ui {

/// How models would have done from many origins: the error of each step ahead beside
/// seasonal-naive's, and a table of scores.
class BacktestPage : public QWidget {
  Q_OBJECT

 public:
  explicit BacktestPage(const ForecastModels& models, QWidget* parent = nullptr);

  /// Shows the settings without telling.
  void setState(const ForecastState& state);
  /// Puts what the controls say into `state`.
  void takeInto(ForecastState& state) const;
  /// Scores have come.
  void showScores();
  void setRunnable(bool runnable, bool busy);
  QPixmap picture() const;
  /// The table as CSV.
  QByteArray document() const;

 signals:
  void settingsChanged();
  void runAsked();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeControls();
  QSpinBox* addCount(QLayout& row, const char* objectName, const QString& label,
                     const QString& none);
  void showCurves();
  void showTable();

  const ForecastModels& models_;
  QSpinBox* windows_;
  QSpinBox* stride_;
  QSpinBox* season_;
  QCheckBox* scaled_;
  QComboBox* measure_;
  QPushButton* run_;
  QCustomPlot* plot_;
  QLabel* told_;
  QTableWidget* table_;
};

}  // namespace orrery::ui
