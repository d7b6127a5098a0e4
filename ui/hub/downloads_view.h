#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace orrery::ui {

class DownloadPartsModel;
class DownloadQueue;
class RatePlot;

/// The downloads: as a whole in a list, the chosen one's files and its rate over time beside it.
class DownloadsView : public QWidget {
  Q_OBJECT

 public:
  explicit DownloadsView(DownloadQueue& queue, QWidget* parent = nullptr);

  void select(int row);

 private:
  QWidget* makeList();
  QWidget* makeDetails();
  QWidget* makeTools();
  int row() const;
  void togglePause();
  void moveBy(int step);
  void updateActions();
  void showDetails();

  DownloadQueue& queue_;
  QStackedWidget* pages_;
  QTableView* table_;
  QTableView* files_;
  DownloadPartsModel* parts_;
  RatePlot* plot_;
  QLabel* reason_;
  QPushButton* pause_;
  QPushButton* remove_;
  QPushButton* clear_;
  QToolButton* up_;
  QToolButton* down_;
  QComboBox* limit_;
};

}  // namespace orrery::ui
