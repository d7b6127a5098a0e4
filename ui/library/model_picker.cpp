#include "ui/library/model_picker.h"

#include <QSignalBlocker>
#include <QStylePainter>

#include "ui/engine/model_name.h"
#include "ui/library/library_model.h"

namespace orrery::ui {

ModelPicker::ModelPicker(LibraryModel& library, QWidget* parent)
    : QComboBox(parent), library_(library) {
  setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  setMinimumContentsLength(18);
  setPlaceholderText(tr("Choose a model"));
  connect(&library_, &LibraryModel::changed, this, &ModelPicker::fill);
  connect(this, &QComboBox::activated, this, [this] {
    wanted_ = model();
    emit modelChosen(wanted_);
  });
  fill();
}

void ModelPicker::setModel(const QString& path) {
  const auto* entry = library_.find(path);
  wanted_ = entry ? QString::fromStdString(entry->path) : path;
  fill();
  emit modelChosen(wanted_);
}

void ModelPicker::paintEvent(QPaintEvent*) {
  QStylePainter painter(this);
  QStyleOptionComboBox option;
  initStyleOption(&option);
  if (currentIndex() < 0) option.currentText = placeholderText();
  const QRect room =
      style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this);
  option.currentText =
      fontMetrics().elidedText(option.currentText, Qt::ElideMiddle, room.width() - 2);
  painter.drawComplexControl(QStyle::CC_ComboBox, option);
  painter.drawControl(QStyle::CE_ComboBoxLabel, option);
}

void ModelPicker::fill() {
  const QSignalBlocker quiet(this);
  clear();
  for (const auto& entry : library_.models())
    addItem(QString::fromStdString(entry.name), QString::fromStdString(entry.path));
  if (!wanted_.isEmpty() && findData(wanted_) < 0) addItem(shortModelName(wanted_), wanted_);
  setCurrentIndex(wanted_.isEmpty() ? -1 : findData(wanted_));
  setEnabled(count() > 0);
}

}  // namespace orrery::ui
