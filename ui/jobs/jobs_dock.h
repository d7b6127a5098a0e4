#pragma once

#include <QWidget>

class QPushButton;
class QStackedWidget;
class QTableView;

namespace orrery::ui {

class JobsModel;

/// What runs and ran: progress, rate, time left, cancel, and the error of what failed.
class JobsDock : public QWidget {
  Q_OBJECT

 public:
  explicit JobsDock(JobsModel& jobs, QWidget* parent = nullptr);

 private:
  void updateActions();

  JobsModel& jobs_;
  QStackedWidget* pages_;
  QTableView* table_;
  QPushButton* cancel_;
  QPushButton* clear_;
};

}  // namespace orrery::ui
