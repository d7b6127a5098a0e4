#include "ui/train/train_field_editor.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QStyle>
#include <QToolButton>
#include <QWheelEvent>

#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kNarrowest = 40;

/// A choice that does not take the wheel while a person scrolls by.
class QuietChoice : public QComboBox {
 protected:
  void wheelEvent(QWheelEvent* event) override { event->ignore(); }
};

/// Fields of models that begin here may have the same names in their configurations.
QString objectNameOf(const TrainField& field) {
  return QStringLiteral("train.") +
         (field.id.isEmpty() ? QString::fromStdString(field.name) : field.id);
}

void markWrong(QLineEdit* line, bool wrong) {
  if (line->property("wrong").toBool() == wrong) return;
  line->setProperty("wrong", wrong);
  line->style()->unpolish(line);
  line->style()->polish(line);
}

}  // namespace

TrainFieldEditor::TrainFieldEditor(TrainField field, QWidget* parent)
    : QWidget(parent), field_(std::move(field)) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(4);
  using Kind = TrainField::Kind;
  const bool chosen =
      field_.kind == Kind::kChoice || (field_.isFree() && !field_.choices.isEmpty());
  QWidget* editor = field_.kind == Kind::kSwitch ? makeSwitch()
                    : chosen                     ? makeChoice()
                                                 : makeText();
  named(editor, qPrintable(objectNameOf(field_)),
        QStringLiteral("%1: %2").arg(field_.label, field_.tip));
  editor->setToolTip(field_.tip);
  setFocusProxy(editor);
  row->addWidget(editor, 1);
  if (field_.kind == Kind::kFile || field_.kind == Kind::kFolder) row->addWidget(makeBrowse());
  setValue(nullptr);
}

QWidget* TrainFieldEditor::makeSwitch() {
  auto* box = new QCheckBox(field_.label);
  connect(box, &QCheckBox::toggled, this, [this](bool on) { emit edited(on); });
  display_ = [this, box](const Json& value) {
    const QSignalBlocker quiet(box);
    box->setChecked((value.is_boolean() ? value : field_.standard) == Json(true));
  };
  return box;
}

QWidget* TrainFieldEditor::makeChoice() {
  auto* box = new QuietChoice;
  box->setMinimumWidth(kNarrowest);
  box->addItems(field_.choices);
  box->setMinimumContentsLength(4);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  const bool free = field_.isFree();
  box->setEditable(free);
  connect(box, &QComboBox::currentTextChanged, this, [this, box, free](const QString& text) {
    if (free) markWrong(box->lineEdit(), !isValueText(field_, text));
    emit edited(valueFromText(field_, text));
  });
  display_ = [this, box](const Json& value) {
    const QSignalBlocker quiet(box);
    const QString text = textFromValue(field_, value.is_null() ? field_.standard : value);
    if (!box->isEditable() && box->findText(text) < 0) box->addItem(text);
    box->setCurrentIndex(box->findText(text));
    if (box->isEditable()) box->setEditText(text);
  };
  return box;
}

QWidget* TrainFieldEditor::makeText() {
  auto* line = new QLineEdit;
  line->setMinimumWidth(kNarrowest);
  line->setPlaceholderText(field_.standard.is_null() ? field_.choices.value(0)
                                                     : textFromValue(field_, field_.standard));
  if (field_.kind == TrainField::Kind::kFile) line->setPlaceholderText({});
  if (field_.kind == TrainField::Kind::kNumbers) line->setPlaceholderText(tr("none"));
  connect(line, &QLineEdit::textEdited, this, [this, line](const QString& text) {
    markWrong(line, !isValueText(field_, text));
    emit edited(valueFromText(field_, text));
  });
  display_ = [this, line](const Json& value) {
    const QString text = textFromValue(field_, value);
    if (text != line->text()) line->setText(text);
    markWrong(line, !isValueText(field_, text));
    const bool path =
        field_.kind == TrainField::Kind::kFile || field_.kind == TrainField::Kind::kFolder;
    if (path && !line->hasFocus()) line->end(false);  // the name is at the end
  };
  return line;
}

QWidget* TrainFieldEditor::makeBrowse() {
  const QByteArray name = "train.browse." + QByteArray::fromStdString(field_.name);
  auto* browse = makeIconButton("folder", tr("Choose: %1").arg(field_.label), name.constData());
  connect(browse, &QToolButton::clicked, this, [this] {
    const QString path =
        field_.kind == TrainField::Kind::kFolder
            ? QFileDialog::getExistingDirectory(this, field_.label)
            : QFileDialog::getOpenFileName(
                  this, field_.label, {},
                  field_.choices.value(0) + QStringLiteral(";;") + tr("All files (*)"));
    if (path.isEmpty()) return;
    setValue(path.toStdString());
    emit edited(path.toStdString());
  });
  return browse;
}

void TrainFieldEditor::setValue(const Json& value) {
  display_(value);
}

}  // namespace orrery::ui
