#pragma once

#include <QWidget>

#include "ui/shell/services.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;
class QTableView;

namespace orrery::ui {

/// Models on this machine, with what they take, ready to be opened. Folders come in by button or
/// drop.
class LibraryPanel : public QWidget {
  Q_OBJECT

 public:
  explicit LibraryPanel(Services& services, QWidget* parent = nullptr);

 signals:
  void openInChat(const QString& model);
  void openInCompare(const QString& model);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QWidget* makeHeader();
  QWidget* makeTable();
  void addFolder();
  void openSelected();
  void updateState();
  QString selectedModel() const;

  LibraryModel& library_;
  QSortFilterProxyModel* sorted_;
  QLineEdit* filter_;
  QTableView* table_;
  QStackedWidget* pages_;
  QPushButton* chat_;
  QPushButton* compare_;
  QPushButton* forget_;
  QLabel* note_;
};

}  // namespace orrery::ui
