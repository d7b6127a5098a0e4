#pragma once

#include <QPointer>
#include <QWidget>

#include "ui/engine/engine_process.h"
#include "ui/shell/services.h"
#include "ui/vision/batch_model.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QSortFilterProxyModel;
class QTableView;

namespace orrery::ui {

/// A folder as a batch: runs one task over its pictures, one after another, and shows a table that
/// can be sorted, filtered and saved. Stopped or broken off, it goes on where it was.
class BatchView : public QWidget {
  Q_OBJECT

 public:
  explicit BatchView(Services& services, QWidget* parent = nullptr);

  /// Lists the pictures with what an earlier batch of the same model, task and options found. One
  /// that runs goes on if it is the same, and stops otherwise.
  void open(const VisionState& state, const QStringList& files);
  void start();
  void stop();
  bool busy() const { return job_ != 0; }
  const BatchModel& model() const { return *model_; }
  /// The rows that are shown, in their order, as CSV. Throws an Error if it cannot be written.
  void writeTable(const QString& path) const;

 signals:
  void busyChanged();
  void failed(const QString& reason);
  /// A row was chosen; `document` is null if nothing was found for it yet.
  void pictureChosen(const QString& path, const orrery::Json& document, double seconds);

 private:
  QWidget* makeHeader();
  void runNext(int from);
  void onAnswer(int row, const Json& document, double seconds);
  void onFailure(int row, const EngineError& error);
  void finish(const QString& problem);
  void choose(const QModelIndex& index);
  void saveTable();
  void updateActions();

  Services& services_;
  VisionState state_;  ///< what the batch was opened with
  QString journal_;    ///< its file
  BatchModel* model_;
  QSortFilterProxyModel* sorted_;
  QTableView* table_;
  QLineEdit* filter_;
  QLabel* figures_;
  QPushButton* run_;
  QPushButton* save_;
  QPointer<EngineProcess> engine_;
  qint64 request_ = 0;
  qint64 job_ = 0;  ///< 0: nothing runs
};

}  // namespace orrery::ui
