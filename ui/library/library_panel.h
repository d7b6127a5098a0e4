#pragma once

#include "ui/shell/panel.h"
#include "ui/shell/services.h"

class QButtonGroup;
class QLabel;
class QLineEdit;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;
class QTableView;

namespace orrery::ui {

class CachePage;
class HubPage;

/// Models, in three views. On this machine: with what they take, ready to be opened; folders and
/// files come in by button, and the window takes what is dropped. On the hub: found and judged
/// before they are downloaded. The cache: what it holds and what may go.
class LibraryPanel : public Panel {
  Q_OBJECT

 public:
  explicit LibraryPanel(Services& services, QWidget* parent = nullptr);

  /// Opens it in the panel that it is for.
  void setModel(const QString& model) override { emit openAsked(model); }
  void focusMain() override;
  /// Ask for a folder, or for files, and add them to the library.
  void addFolder();
  void addFile();
  enum View { kLocal, kHub, kCache };
  void showView(View view);
  HubPage& hub() { return *hub_; }
  CachePage& cache() { return *cache_; }

 signals:
  void openAsked(const QString& model);
  void openInCompare(const QString& model);

 private:
  QWidget* makeHeader();
  QWidget* makeLocalTools();
  QWidget* makeLocal();
  QWidget* makeTable();
  void openSelected();
  void updateState();
  QString selectedModel() const;

  LibraryModel& library_;
  QButtonGroup* viewButtons_;
  QStackedWidget* views_;
  QWidget* localTools_;
  HubPage* hub_;
  CachePage* cache_;
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
