#pragma once

#include <QAbstractTableModel>
#include <QColor>
#include <QHash>
#include <QTimer>
#include <memory>
#include <optional>
#include <vector>

#include "core/protocol/train.h"
#include "ui/train/train_metrics.h"

namespace orrery::ui {

/// A run as the list shows it.
struct RunEntry {
  enum class State { kFinished, kStopped, kFailed, kRunning, kPaused };

  QString folder;
  State state = State::kStopped;
  QString problem;  ///< one sentence, of what failed or cannot be read
  Json settings = Json::object();
  QString modelType;
  std::vector<qint64> checkpoints;
  qint64 step = 0;
  std::optional<double> best;
  qint64 bestStep = 0;
  double changedAt = 0;  ///< Unix time
  std::shared_ptr<RunCurves> curves = std::make_shared<RunCurves>();

  bool live() const { return state == State::kRunning || state == State::kPaused; }
  bool canGoOn() const { return !live() && state != State::kFinished && !settings.empty(); }
  QString name() const;
  /// The folder of the model that it gave: its own, else the best or newest checkpoint; empty:
  /// none.
  QString model() const;
};

/// The runs that were found and the one that goes on, newest first.
class RunsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kName, kState, kBest, kStep, kChanged, kSettings, kColumnCount };

  explicit RunsModel(QObject* parent = nullptr);

  /// What folders told. A run that goes on stays as it is, and the reason of one that failed.
  void setRuns(const std::vector<protocol::TrainingRun>& runs);
  /// A run goes on from now on, with what was known of it before; its row.
  int begin(const QString& folder, const Json& settings, const QString& modelType);
  void setState(const QString& folder, RunEntry::State state, const QString& problem = {});
  void take(const QString& folder, const Json& line);
  void setStep(const QString& folder, qint64 step);
  void remove(const QString& folder);
  /// The colours of runs that are drawn, by folder.
  void setColors(const QHash<QString, QColor>& colors);

  const RunEntry& entry(int row) const { return entries_[static_cast<std::size_t>(row)]; }
  int rowOf(const QString& folder) const;  ///< -1: none

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  RunEntry* find(const QString& folder);
  QString text(const RunEntry& run, int column) const;

  std::vector<RunEntry> entries_;
  QHash<QString, QColor> colors_;
  QTimer update_;
};

}  // namespace orrery::ui
