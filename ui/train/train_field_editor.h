#pragma once

#include <QWidget>
#include <functional>

#include "ui/train/train_fields.h"

namespace orrery::ui {

/// Edits one setting. Empty, it shows what holds then.
class TrainFieldEditor : public QWidget {
  Q_OBJECT

 public:
  explicit TrainFieldEditor(TrainField field, QWidget* parent = nullptr);

  const TrainField& field() const { return field_; }
  /// Null is unset. Tells nobody.
  void setValue(const Json& value);

 signals:
  void edited(const orrery::Json& value);  ///< by the user; null: unset

 private:
  QWidget* makeSwitch();
  QWidget* makeChoice();
  QWidget* makeText();
  QWidget* makeBrowse();

  TrainField field_;
  std::function<void(const Json&)> display_;
};

}  // namespace orrery::ui
