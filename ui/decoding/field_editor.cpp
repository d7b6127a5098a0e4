#include "ui/decoding/field_editor.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStyle>
#include <QToolButton>
#include <cmath>
#include <limits>

#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr double kWidest = 1e9;
constexpr int kEditorWidth = 128;

// A spin box whose lowest step stands for "unset", and that does not take the wheel while scrolling
// by.
template <class Box>
class QuietBox : public Box {
 protected:
  void wheelEvent(QWheelEvent* event) override {
    if (this->hasFocus())
      Box::wheelEvent(event);
    else
      event->ignore();
  }
};

QString shortValue(const Json& value) {
  if (value.is_null()) return FieldEditor::tr("off");
  return QString::fromStdString(jsonExcerpt(value));
}

}  // namespace

Json valueFromText(const protocol::GenerationField& field, const QString& text) {
  const QString trimmed = text.trimmed();
  if (trimmed.isEmpty()) return nullptr;
  if (field.type == "early_stopping" && trimmed == QLatin1String("never")) return "never";
  if (field.type == "token_ids") {
    Json ids = Json::array();
    for (const QString& part : trimmed.split(QLatin1Char(','))) {
      bool number = false;
      ids.push_back(part.trimmed().toInt(&number));
      if (!number)
        throw Error(ErrorKind::kInvalidInput, "{}: expected token ids like 1, 2, found {}",
                    field.name, quoted(trimmed.toStdString()));
    }
    return ids;
  }
  if (field.type == "strings" && !trimmed.startsWith(QLatin1Char('['))) {
    Json list = Json::array();
    for (const QString& part : trimmed.split(QLatin1Char(',')))
      list.push_back(part.trimmed().toStdString());
    return list;
  }
  return parseJson(trimmed.toStdString(), field.name);
}

QString textFromValue(const protocol::GenerationField& field, const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return QString::fromStdString(value.get<std::string>());
  if (field.type == "token_ids" && value.is_array()) {
    QStringList parts;
    for (const Json& id : value) parts += QString::fromStdString(id.dump());
    return parts.join(QStringLiteral(", "));
  }
  return QString::fromStdString(value.dump());
}

FieldEditor::FieldEditor(const protocol::GenerationField& field, QWidget* parent)
    : QWidget(parent), field_(field) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 6);
  layout->setSpacing(3);
  auto* row = new QHBoxLayout;
  row->setSpacing(4);
  // Long names break behind an underscore, so that a narrow dock shows them whole.
  QString breakable = QString::fromStdString(field_.name);
  breakable.replace(QLatin1Char('_'), QStringLiteral("_\u200B"));
  auto* name = makeLabel(breakable);
  name->setWordWrap(true);
  row->addWidget(name, 1);
  editor_ = makeEditor();
  editor_->setFixedWidth(kEditorWidth);
  editor_->setObjectName(QStringLiteral("decoding.") + QString::fromStdString(field_.name));
  editor_->setAccessibleName(QString::fromStdString(field_.name));
  editor_->setAccessibleDescription(QString::fromStdString(field_.description));
  row->addWidget(editor_);
  reset_ = makeIconButton("close", tr("Use the model's own value"), "");
  reset_->setObjectName(editor_->objectName() + QStringLiteral(".reset"));
  reset_->setAccessibleName(tr("Reset %1").arg(QString::fromStdString(field_.name)));
  QSizePolicy keepsRoom = reset_->sizePolicy();
  keepsRoom.setRetainSizeWhenHidden(true);
  reset_->setSizePolicy(keepsRoom);
  row->addWidget(reset_);
  layout->addLayout(row);
  const QString description = QString::fromStdString(field_.description);
  auto* text = makeLabel(
      (description.isEmpty() ? QString() : description + QStringLiteral(" ")) + rangeText(),
      "small");
  text->setWordWrap(true);
  layout->addWidget(text);
  connect(reset_, &QToolButton::clicked, this, [this] {
    setValue(nullptr);
    change(nullptr);
  });
  setValue(nullptr);
}

QString FieldEditor::searchText() const {
  return QString::fromStdString(field_.name + " " + field_.group + " " + field_.description);
}

QString FieldEditor::rangeText() const {
  QStringList parts;
  if (field_.minimum && field_.maximum)
    parts += tr("%1 to %2").arg(*field_.minimum).arg(*field_.maximum);
  else if (field_.minimum)
    parts += tr("from %1").arg(*field_.minimum);
  else if (field_.maximum)
    parts += tr("up to %1").arg(*field_.maximum);
  parts += tr("default %1").arg(shortValue(field_.defaultValue));
  return QLatin1Char('(') + parts.join(QStringLiteral(", ")) + QLatin1Char(')');
}

QWidget* FieldEditor::makeEditor() {
  if (field_.type == "boolean") return makeChoice();
  if (field_.type == "integer" || field_.type == "number") return makeNumber();
  return makeText();
}

QWidget* FieldEditor::makeChoice() {
  auto* box = new QuietBox<QComboBox>;
  box->setFocusPolicy(Qt::StrongFocus);
  box->addItems({tr("model's own"), tr("on"), tr("off")});
  connect(box, &QComboBox::activated, this,
          [this](int index) { change(index == 0 ? Json() : Json(index == 1)); });
  display_ = [box](const Json& value) {
    box->setCurrentIndex(!value.is_boolean() ? 0 : value.get<bool>() ? 1 : 2);
  };
  return box;
}

QWidget* FieldEditor::makeNumber() {
  const bool whole = field_.type == "integer";
  const double step = whole ? 1 : 0.05;
  const double low = std::max(field_.minimum.value_or(-kWidest), -kWidest);
  auto* box = new QuietBox<QDoubleSpinBox>;
  box->setFocusPolicy(Qt::StrongFocus);
  box->setDecimals(whole ? 0 : 4);
  box->setSingleStep(step);
  box->setRange(low - step, std::min(field_.maximum.value_or(kWidest), kWidest));
  box->setSpecialValueText(tr("model's own"));
  box->setKeyboardTracking(false);
  connect(box, &QDoubleSpinBox::valueChanged, this, [this, box, whole, low, step](double value) {
    if (value <= low - step * 0.5) return change(nullptr);
    change(whole ? Json(static_cast<std::int64_t>(std::llround(value))) : Json(value));
  });
  display_ = [box](const Json& value) {
    box->setValue(value.is_number() ? value.get<double>() : box->minimum());
  };
  return box;
}

QWidget* FieldEditor::makeText() {
  auto* edit = new QLineEdit;
  edit->setPlaceholderText(tr("model's own"));
  connect(edit, &QLineEdit::editingFinished, this, [this, edit] {
    try {
      change(valueFromText(field_, edit->text()));
      edit->setToolTip({});
      edit->setStyleSheet({});
    } catch (const Error& error) {
      edit->setToolTip(QString::fromUtf8(error.what()));
      edit->setStyleSheet(QStringLiteral("border-color: %1").arg(theme().danger.name()));
    }
  });
  display_ = [this, edit](const Json& value) { edit->setText(textFromValue(field_, value)); };
  return edit;
}

void FieldEditor::setValue(const Json& value) {
  const QSignalBlocker quiet(editor_);
  display_(value);
  reset_->setVisible(!value.is_null());
}

void FieldEditor::change(const Json& value) {
  reset_->setVisible(!value.is_null());
  emit valueChanged(field_.name, value);
}

}  // namespace orrery::ui
