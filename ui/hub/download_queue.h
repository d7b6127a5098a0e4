#pragma once

#include <QAbstractTableModel>
#include <QElapsedTimer>
#include <QTimer>
#include <vector>

#include "core/protocol/hub_files.h"
#include "ui/hub/download_item.h"

namespace orrery::ui {

class EnginePool;
struct EngineError;

/// The downloads, in the order in which they get their turns. A few run at once; the others wait.
/// What may pass – a lost network, an engine that died – is tried again by itself. The list is kept
/// in a file as it changes: the next window goes on with it.
class DownloadQueue : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kModel, kProgress, kState, kColumnCount };
  static constexpr int kAtOnce = 3;

  /// `file`: where the list is kept, and read from now.
  DownloadQueue(EnginePool& engines, QString file, QObject* parent = nullptr);
  ~DownloadQueue() override;

  /// Adds a download at the end; one of the same files that has not ended is shown again instead.
  void add(const QString& model, const QStringList& files, bool openWhenDone);
  void pause(int row);
  /// Lets a paused download go on, or a failed one begin again where it was.
  void resume(int row);
  /// Stops it and takes it from the list; what has arrived stays for another time.
  void remove(int row);
  void move(int row, int to);
  /// Asks for the model of a download that is done to be opened.
  void open(int row);
  void clearEnded();
  /// Bytes per second of all together; 0: as fast as they come.
  void setLimit(double bytesPerSecond);
  double limit() const { return limit_; }

  const DownloadItem& item(int row) const { return items_[static_cast<std::size_t>(row)]; }
  /// The row of the download of that model which has not ended; -1 if there is none.
  int rowOf(const QString& model) const;
  int activeCount() const;
  /// Why the kept list could not be read or written; else empty.
  QString problem() const { return problem_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 signals:
  void activeCountChanged();
  void added(int row);
  void finished(const QString& model, const QString& path, bool open);
  void openAsked(const QString& path);
  void itemChanged(int row);  ///< at most ten times a second for each

 private slots:
  void onNotified(const QString& method, const orrery::Json& params);

 private:
  void load();
  void save();
  void startWaiting();
  void start(DownloadItem& item);
  void onDone(qint64 id, const protocol::DownloadResult& result);
  void onFailed(qint64 id, const EngineError& error);
  void onBegun(DownloadItem& item, const protocol::HubPlan& plan);
  void onFile(DownloadItem& item, const protocol::DownloadedFile& message);
  void stop(DownloadItem& item);
  void steerAll();
  void steer(DownloadItem& item);
  double share() const;
  int runningCount() const;
  DownloadItem* find(qint64 id);
  DownloadItem* findRequest(const Json& request);
  void setState(DownloadItem& item, DownloadState state, const QString& reason = {});
  void touch(const DownloadItem& item);
  void showTouched();

  EnginePool& engines_;
  QString file_;
  QString problem_;
  std::vector<DownloadItem> items_;
  double limit_ = 0;
  qint64 nextId_ = 1;
  QTimer update_;
  QTimer saving_;
  QList<qint64> touched_;
  QElapsedTimer clock_;
};

}  // namespace orrery::ui
