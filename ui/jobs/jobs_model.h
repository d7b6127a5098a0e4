#pragma once

#include <QAbstractTableModel>
#include <QPointer>
#include <QTimer>
#include <optional>
#include <vector>

#include "core/base/json.h"
#include "core/base/progress.h"

namespace orrery::ui {

class EngineProcess;

enum class JobState { kRunning, kDone, kCancelled, kFailed };

/// What the jobs dock shows of one job.
struct JobRow {
  qint64 id = 0;
  QString title;
  QString model;
  JobState state = JobState::kRunning;
  Progress progress;
  QString error;
  QPointer<EngineProcess> engine;
  qint64 request = 0;
};

/// Everything that runs or ran in this session, newest first. Progress comes from the engines'
/// notifications; views are told at most ten times a second.
class JobsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kTitle, kProgress, kRate, kLeft, kState, kColumnCount };

  explicit JobsModel(QObject* parent = nullptr);

  /// Adds a running job and returns its number.
  qint64 begin(const QString& title, const QString& model);
  /// Names the request behind a job, so that its progress is shown and it can be cancelled.
  void attach(qint64 job, EngineProcess& engine, qint64 request);
  void advance(qint64 job, const Progress& progress);
  void finish(qint64 job);
  void fail(qint64 job, const QString& error);
  void markCancelled(qint64 job);
  /// Emits cancelAsked for a running job and asks the engine behind it to stop.
  void cancel(int row);
  void clearEnded();

  const JobRow& job(int row) const { return jobs_[static_cast<std::size_t>(row)]; }
  int runningCount() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 signals:
  void runningCountChanged();
  /// Whoever began the job ends it, also before an engine works on it.
  void cancelAsked(qint64 job);

 private slots:
  void onNotified(const QString& method, const orrery::Json& params);

 private:
  JobRow* find(qint64 job);
  void end(qint64 job, JobState state, const QString& error);
  void changed();

  std::vector<JobRow> jobs_;
  QTimer update_;
  qint64 nextId_ = 1;
};

}  // namespace orrery::ui
