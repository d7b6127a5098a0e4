#pragma once

#include <QWidget>
#include <functional>

#include "core/protocol/generate.h"

class QToolButton;

namespace orrery::ui {

/// Edits one decoding field. Unset, it shows the model's own value holds; null is unset.
class FieldEditor : public QWidget {
  Q_OBJECT

 public:
  explicit FieldEditor(const protocol::GenerationField& field, QWidget* parent = nullptr);

  const std::string& name() const { return field_.name; }
  QString searchText() const;
  void setValue(const Json& value);

 signals:
  void valueChanged(const std::string& name, const orrery::Json& value);

 private:
  QWidget* makeEditor();
  QWidget* makeNumber();
  QWidget* makeChoice();
  QWidget* makeText();
  QString rangeText() const;
  void change(const Json& value);

  protocol::GenerationField field_;
  QToolButton* reset_;
  QWidget* editor_;
  std::function<void(const Json&)> display_;
};

/// The text of a field that is neither boolean nor number, as a value; an Error names what is
/// wrong.
Json valueFromText(const protocol::GenerationField& field, const QString& text);
QString textFromValue(const protocol::GenerationField& field, const Json& value);

}  // namespace orrery::ui
