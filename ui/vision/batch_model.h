#pragma once

#include <QAbstractTableModel>
#include <QHash>
#include <QString>
#include <vector>

#include "ui/vision/vision_state.h"

namespace orrery::ui {

/// What is shown of one picture of a batch.
struct BatchRow {
  enum class State { kWaiting, kDone, kFailed };

  QString file;  ///< name in the folder
  State state = State::kWaiting;
  QString found;  ///< the likeliest label, or why nothing was
  double score = 0;
  int count = 0;  ///< of what was found
  double seconds = 0;
  qint64 place = -1;  ///< of its line in the journal
};

/// The pictures of a folder with what one model found in them. A journal, a line of JSON for each
/// picture, is written as results come: what is there when a batch starts again is not run again,
/// unless the picture has changed since.
class BatchModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kFile, kFound, kScore, kCount, kSeconds, kColumnCount };
  static constexpr int kSortRole = Qt::UserRole;

  using QAbstractTableModel::QAbstractTableModel;

  /// Begins with these files; takes over what `journal` (made if missing) has of them for `task`.
  /// Throws an Error if it cannot be read or written.
  void open(const QString& folder, const QStringList& files, const QString& task,
            const QString& journal);
  /// The first row at or behind `from` that waits, or -1.
  int nextWaiting(int from) const;
  /// Writes the answer for a row, or why there is none. Throws an Error if it cannot be written.
  void record(int row, const Json& document, double seconds);
  void recordFailure(int row, const QString& problem);
  /// The result of a row as the engine gave it; null if it has none. Read from the journal.
  Json document(int row) const;

  const BatchRow& row(int row) const { return rows_[static_cast<std::size_t>(row)]; }
  QString path(int row) const;
  int doneCount() const { return done_; }
  int failedCount() const { return failed_; }  ///< of those done
  QString task() const { return task_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  void readJournal();
  void count();
  void take(BatchRow& row, const Json& line);
  void append(int row, Json line);

  QString folder_;
  QString task_;
  QString journal_;
  std::vector<BatchRow> rows_;
  int done_ = 0;    ///< rows that do not wait
  int failed_ = 0;  ///< of these
};

}  // namespace orrery::ui
