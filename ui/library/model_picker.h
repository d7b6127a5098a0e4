#pragma once

#include <QComboBox>

namespace orrery::ui {

class LibraryModel;

/// A choice among the library's models. Remembers a model that the library does not know (a path
/// from the command line) as an entry of its own.
class ModelPicker : public QComboBox {
  Q_OBJECT

 public:
  explicit ModelPicker(LibraryModel& library, QWidget* parent = nullptr);

  QString model() const { return currentData().toString(); }  ///< its path; empty if none
  void setModel(const QString& path);

 signals:
  void modelChosen(const QString& path);  ///< by the user or by setModel

 protected:
  void paintEvent(QPaintEvent* event) override;  ///< a name too long is cut in its middle

 private:
  void fill();

  LibraryModel& library_;
  QString wanted_;
};

}  // namespace orrery::ui
