#pragma once

#include <QTimer>

#include "core/protocol/library.h"
#include "ui/forecast/forecast_models.h"
#include "ui/forecast/forecast_state.h"
#include "ui/forecast/series_source.h"
#include "ui/shell/panel.h"

class QButtonGroup;
class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListView;
class QListWidget;
class QMimeData;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QVBoxLayout;

namespace orrery::ui {

class BacktestPage;
class ForecastPlot;
class ModelPicker;
class NoticeBar;
class TablePage;

/// Whether the model is one of series over time.
bool forecastsSeries(const protocol::ModelEntry& model);

/// Tables of numbers over time: read, seen, forecast from any origin, and scored over many.
class ForecastPanel : public Panel {
  Q_OBJECT

 public:
  explicit ForecastPanel(Services& services, QWidget* parent = nullptr);
  ~ForecastPanel() override;

  enum View { kSeries, kBacktest, kTable };

  void setModel(const QString& model) override;
  bool takesFile(const QString& name) const override;
  void openFile(const QString& file) override;
  /// Forecasts, or on the page of backtests scores; once the table is read.
  void run() override;
  void stop() override;
  bool busy() const override;
  void focusMain() override;

  void addModel(const QString& model);
  void askForTable();
  void openSample();
  void runForecast();
  void runBacktest();
  void showView(View view);
  /// Asks for a file and writes what is seen: values or scores (.csv), or the plot (.png).
  void exportSeen();
  /// The same without asking; an Error if it cannot be written.
  void writeSeen(const QString& path);

  const ForecastState& state() const { return state_; }
  ForecastPlot& plot() { return *plot_; }
  ForecastModels& models() { return *models_; }
  SeriesSource& source() { return *source_; }

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QWidget* makeHeader();
  QWidget* makeViews();
  QWidget* makeEmpty();
  QWidget* makeSide();
  void addFileTo(QVBoxLayout& side);
  void addColumnsTo(QVBoxLayout& side);
  void addModelsTo(QVBoxLayout& side);
  void addOptionsTo(QVBoxLayout& side);
  QWidget* makePages();
  QWidget* makeSeriesPage();
  void connectParts();
  void connectSource();
  void connectModels();
  void connectOptions();

  void reopen(const Json& settings);
  void onPreviewed();
  void onOpened();
  void onForecasts();
  void onColumnsChanged();
  void onShownChanged();
  void onOriginMoved(qint64 row);
  void onOptionsChanged();
  void fillColumns();
  void showColumns();
  void showFacts();
  void showOptions();
  void followOrigin();
  int showAhead();  ///< the steps that the longest forecast has
  void ask(bool backtest, const QString& title);
  void showProgress(double part);
  void showProblem(const QString& problem, bool again);
  void updateActions();
  static QString pointedHint();  ///< shown while nothing is pointed at
  void load();
  void save();
  void saveNow();

  Services& services_;
  ForecastState state_;
  SeriesSource* source_;
  ForecastModels* models_;
  QTimer saving_;
  enum class Later { kNothing, kForecast, kBacktest } later_ = Later::kNothing;
  bool asked_ = false;     ///< since the table was opened: forecasts follow the origin
  bool answered_ = false;  ///< a forecast has come since then

  ModelPicker* picker_;
  QButtonGroup* views_;
  QProgressBar* progress_;
  QPushButton* export_;
  QPushButton* run_;
  NoticeBar* notice_;
  QPushButton* again_;
  QStackedWidget* stack_;
  QLabel* name_;
  QLabel* facts_;
  QListWidget* columns_;
  QListView* list_;
  QSpinBox* horizon_;
  QComboBox* gaps_;
  QCheckBox* standardize_;
  QSpinBox* scalingRows_;
  QCheckBox* draws_;
  QLineEdit* more_;
  QStackedWidget* pages_;
  QLabel* pointed_;
  ForecastPlot* plot_;
  BacktestPage* backtest_;
  TablePage* table_;
};

}  // namespace orrery::ui
