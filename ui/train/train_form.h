#pragma once

#include <QScrollArea>
#include <map>
#include <optional>
#include <vector>

#include "ui/train/train_document.h"
#include "ui/train/train_fields.h"

class QComboBox;
class QGridLayout;
class QLabel;
class QVBoxLayout;

namespace orrery::ui {

class TrainFieldEditor;

/// All settings of a run, in groups.
class TrainForm : public QScrollArea {
  Q_OBJECT

 public:
  explicit TrainForm(QWidget* parent = nullptr);

  const TrainDocument& document() const { return document_; }
  void setDocument(const TrainDocument& document);
  /// Sets one member and tells of it as of an edit.
  void set(const std::string& name, const Json& value);
  /// Begins from a checkpoint.
  void startFrom(const QString& checkpoint);
  void focusFirst();

 signals:
  void changed();

 private:
  struct Row {
    QLabel* label;  ///< null: the editor has its own
    TrainFieldEditor* editor;
  };

  QWidget* makeGroup(TrainField::Group group);
  QWidget* makeStart();
  Row makeRow(const TrainField& field);
  void display();
  void layOut();

  TrainDocument document_;
  std::vector<TrainField> fields_;
  std::vector<Row> rows_;  ///< one a field
  std::map<TrainField::Group, QGridLayout*> grids_;
  std::optional<TrainStart> laidOut_;  ///< what the rows are laid out for
  QComboBox* start_ = nullptr;
};

}  // namespace orrery::ui
