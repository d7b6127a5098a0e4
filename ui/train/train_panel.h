#pragma once

#include <QTimer>
#include <memory>
#include <vector>

#include "core/protocol/train.h"
#include "ui/shell/panel.h"
#include "ui/shell/services.h"
#include "ui/train/runs_model.h"
#include "ui/train/train_document.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;

namespace orrery {
struct Progress;
}

namespace orrery::ui {

class NeedsView;
class NoticeBar;
class TrainCurves;
class TrainForm;
class TrainMeasurer;
class TrainRunner;

/// Fits models to a person's own series: the settings, what they will take, the curves while it
/// goes on, and all runs so far, which can be gone on with, compared and used.
class TrainPanel : public Panel {
  Q_OBJECT

 public:
  explicit TrainPanel(Services& services, QWidget* parent = nullptr);

  /// A checkpoint to go on from.
  void setModel(const QString& model) override;
  bool takesFile(const QString& name) const override;
  /// Settings, or a table to train on.
  void openFile(const QString& file) override;
  /// Starts what the form says; lets a run that rests go on.
  void run() override;
  /// Ends the run with a checkpoint.
  void stop() override;
  bool busy() const override;
  void focusMain() override;

  void pauseOrGoOn();
  void measure();
  void askForSettings();
  void saveSettings();
  /// The same without asking; an Error if it cannot be written.
  void writeSettings(const QString& path);
  void useStandardSettings();
  /// What can be done with the chosen runs.
  void goOnWithRun();
  void copySettings();
  void compareSettings();
  void openRunInForecast();
  /// Looks again for runs on disk.
  void findRuns();
  /// Ends what is trained, with a checkpoint; returns when that is written.
  void finishBeforeClosing();

  TrainForm& form() { return *form_; }
  TrainCurves& curves() { return *curves_; }
  RunsModel& runs() { return runs_; }
  QTableView& table() { return *table_; }

 signals:
  /// Forecasts are to be made with this model.
  void openInForecast(const QString& model);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void makeParts();
  QWidget* makeHeader();
  QWidget* makeSettings();
  QWidget* makeRuns();
  QWidget* makeProgress();
  void connectParts();
  void onFormChanged();
  void start(const Json& settings);
  QString runsFolder() const;
  QString freshFolder() const;
  Json settingsToRun() const;
  void goOn(const RunEntry& run);
  void keepFolder(const QString& folder);
  void onProgress(const Progress& progress);
  void onFinished(const Json& figures);
  void onStopped();
  void onFailed(const QString& reason);
  void onRunsFound(std::vector<protocol::TrainingRun> runs);
  std::vector<int> chosenRows() const;
  const RunEntry* chosenRun() const;  ///< the one that the keyboard is on; null: none
  void chooseRun(const QString& folder);
  void drawRuns();
  void showProblem(const QString& problem);
  void updateActions();

  Services& services_;
  TrainRunner* runner_;
  TrainMeasurer* measurer_;
  RunsModel runs_;
  TrainForm* form_;
  NeedsView* needs_;
  TrainCurves* curves_;
  QTableView* table_;
  NoticeBar* notice_;
  QPushButton* goOnNow_;
  QPushButton* measure_;
  QPushButton* pause_;
  QPushButton* start_;
  QWidget* progressRow_;
  QProgressBar* progress_;
  QLabel* state_;
  std::vector<QPushButton*> runActions_;  ///< go on, copy, compare, forecast
  QTimer rest_;                           ///< the form has not changed for a while
  QTimer save_;
  bool looked_ = false;   ///< for runs on disk
  int search_ = 0;        ///< number of the newest look
  bool waiting_ = false;  ///< for what it finds
};

}  // namespace orrery::ui
