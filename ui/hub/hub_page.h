#pragma once

#include <QTimer>
#include <QWidget>

#include "ui/shell/services.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace orrery::ui {

class AccountButton;
class EngineProcess;
class FilterChips;
class HubSearchModel;
class ModelPage;

/// Models on the hub: a box to search with, filters, what was found, and a page for each model.
class HubPage : public QWidget {
  Q_OBJECT

 public:
  explicit HubPage(Services& services, QWidget* parent = nullptr);

  /// Searches once, when the page is first looked at.
  void activate();
  void focusSearch();
  /// Writes into the box and searches, or opens the page if that is an address.
  void setWords(const QString& text);
  void openModel(const QString& model);
  HubSearchModel& found() { return *found_; }
  ModelPage& modelPage() { return *page_; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* makeResults(EngineProcess& engine);
  void makeTable();
  void showResults();
  QWidget* makeSearchRow(EngineProcess& engine);
  void onTyped();
  void search();
  void openSelected();
  void updateState();

  HubSearchModel* found_;
  QStackedWidget* pages_;
  QStackedWidget* results_;
  QLineEdit* words_;
  QComboBox* sort_;
  AccountButton* account_;
  FilterChips* chips_;
  QTableView* table_;
  QLabel* note_;
  QPushButton* retry_;
  ModelPage* page_;
  QTimer typing_;
  bool searched_ = false;
};

}  // namespace orrery::ui
