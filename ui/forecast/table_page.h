#pragma once

#include <QWidget>
#include <memory>

#include "core/protocol/table.h"

class QComboBox;
class QFormLayout;
class QLabel;
class QSpinBox;
class QTableView;

namespace orrery::ui {

class PreviewModel;

/// How a table is read, to be corrected where what was found is wrong, above its first rows.
class TablePage : public QWidget {
  Q_OBJECT

 public:
  explicit TablePage(QWidget* parent = nullptr);

  /// Shows what the engine tells; `settings` are those that it was asked with.
  void showTable(const protocol::OpenTableResult& table, const Json& settings);
  /// Shows the settings of a table that could not be read with them.
  void showUnread(const Json& settings);

 signals:
  /// The user wants the table read so; without a member where it is to be found.
  void settingsChosen(const orrery::Json& settings);

 private:
  QWidget* makeControls();
  QComboBox* addChoice(QFormLayout& form, const char* objectName, const QString& label);
  void fillChoices(const protocol::OpenTableResult& table);
  void showSettings(const Json& settings);
  Json chosen() const;
  void choose();

  QComboBox* delimiter_;
  QComboBox* decimal_;
  QComboBox* encoding_;
  QComboBox* header_;
  QSpinBox* skip_;
  QSpinBox* units_;
  QComboBox* time_;
  QComboBox* timeOfDay_;
  QComboBox* form_;
  QLabel* problems_;
  QTableView* view_;
  PreviewModel* preview_;
  Json settings_ = Json::object();
};

}  // namespace orrery::ui
