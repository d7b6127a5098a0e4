#pragma once

#include <QWidget>

class QPushButton;
class QStackedWidget;
class QTabWidget;
class QTableView;

namespace orrery::ui {

class DownloadQueue;
class DownloadsView;
class JobsModel;

/// What runs and ran: progress, rate, time left, cancel, and the error of what failed; and the
/// downloads.
class JobsDock : public QWidget {
  Q_OBJECT

 public:
  JobsDock(JobsModel& jobs, DownloadQueue& downloads, QWidget* parent = nullptr);

  void showDownloads();

 private:
  enum Tab { kJobs, kDownloads };

  QWidget* makeJobs();
  void updateActions();

  JobsModel& jobs_;
  QTabWidget* tabs_;
  DownloadsView* downloads_;
  QStackedWidget* pages_;
  QTableView* table_;
  QPushButton* cancel_;
  QPushButton* clear_;
};

}  // namespace orrery::ui
