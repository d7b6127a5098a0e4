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

/// Models on this machine, with what they take, ready to be opened. Folders and files come in by
/// button; the window takes what is dropped.
class LibraryPanel : public QWidget {
  Q_OBJECT

 public:
  explicit LibraryPanel(Services& services, QWidget* parent = nullptr);

  void focusList();
  /// Ask for a folder, or for files, and add them to the library.
  void addFolder();
  void addFile();

 signals:
  void openInChat(const QString& model);
  void openInCompare(const QString& model);

 private:
  QWidget* makeHeader();
  QWidget* makeTable();
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
  QLabel* details_;
  QLabel* note_;
};

}  // namespace orrery::ui
