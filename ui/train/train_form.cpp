#include "ui/train/train_form.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "ui/train/train_field_editor.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kPairs = 2;  // fields beside each other

bool takesWholeRow(const TrainField& field) {
  using Kind = TrainField::Kind;
  return field.kind == Kind::kFile || field.kind == Kind::kFolder || field.kind == Kind::kNames ||
         field.kind == Kind::kSplit;
}

}  // namespace

TrainForm::TrainForm(QWidget* parent) : QScrollArea(parent), fields_(trainFields()) {
  setWidgetResizable(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* content = ofKind(new QWidget, "page");
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins(0, 0, 10, 0);
  layout->setSpacing(12);
  using Group = TrainField::Group;
  for (const Group group :
       {Group::kData, Group::kModel, Group::kTraining, Group::kEvaluation, Group::kOutput})
    layout->addWidget(makeGroup(group));
  layout->addStretch(1);
  setWidget(content);
  display();
}

QWidget* TrainForm::makeGroup(TrainField::Group group) {
  auto* box = new QWidget;
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  layout->addWidget(makeLabel(groupTitle(group), "heading"));
  if (group == TrainField::Group::kModel) layout->addWidget(makeStart());
  auto* grid = new QGridLayout;
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(5);
  for (int pair = 0; pair < kPairs; ++pair) grid->setColumnStretch(2 * pair + 1, 1);
  int place = 0;
  for (const TrainField& field : fields_)
    if (field.group == group) addField(field, *grid, place);
  layout->addLayout(grid);
  return box;
}

QWidget* TrainForm::makeStart() {
  start_ = named(new QComboBox, "train.start", tr("What the model begins from"));
  start_->addItem(tr("A new PatchTST"), static_cast<int>(TrainStart::kPatchTst));
  start_->addItem(tr("A new PatchTSMixer"), static_cast<int>(TrainStart::kPatchTsMixer));
  start_->addItem(tr("A configuration file"), static_cast<int>(TrainStart::kConfigFile));
  start_->addItem(tr("A checkpoint"), static_cast<int>(TrainStart::kCheckpoint));
  connect(start_, &QComboBox::currentIndexChanged, this, [this] {
    document_.setStart(static_cast<TrainStart>(start_->currentData().toInt()));
    display();
    emit changed();
  });
  return start_;
}

// Fields of models that are not chosen lie in the same cells, hidden: each has its own row.
void TrainForm::addField(const TrainField& field, QGridLayout& grid, int& place) {
  auto* editor = new TrainFieldEditor(field);
  const bool whole = takesWholeRow(field);
  if (whole && place % kPairs != 0) place += kPairs - place % kPairs;
  const int row = place / kPairs, column = 2 * (place % kPairs);
  QLabel* label = nullptr;
  if (field.kind == TrainField::Kind::kSwitch) {
    grid.addWidget(editor, row, column, 1, 2);
  } else {
    label = makeLabel(field.label, "muted");
    label->setToolTip(field.tip);
    label->setBuddy(editor);
    grid.addWidget(label, row, column);
    grid.addWidget(editor, row, column + 1, 1, whole ? 2 * kPairs - 1 : 1);
  }
  place += whole ? kPairs : 1;
  rows_.push_back({label, editor});
  connect(editor, &TrainFieldEditor::edited, this, [this, name = field.name](const Json& value) {
    document_.set(name, value);
    emit changed();
  });
}

bool TrainForm::isShown(const TrainField& field) const {
  using With = TrainField::With;
  const TrainStart start = document_.start();
  switch (field.with) {
    case With::kAny:
      return true;
    case With::kPatchTst:
      return start == TrainStart::kPatchTst;
    case With::kPatchTsMixer:
      return start == TrainStart::kPatchTsMixer;
    case With::kNewModel:
      return start == TrainStart::kPatchTst || start == TrainStart::kPatchTsMixer;
    case With::kConfigFile:
      return start == TrainStart::kConfigFile;
    case With::kCheckpoint:
      break;
  }
  return start == TrainStart::kCheckpoint;
}

void TrainForm::display() {
  const QSignalBlocker quiet(start_);
  start_->setCurrentIndex(start_->findData(static_cast<int>(document_.start())));
  for (const Row& row : rows_) {
    const TrainField& field = row.editor->field();
    const bool shown = isShown(field);
    row.editor->setVisible(shown);
    if (row.label) row.label->setVisible(shown);
    if (shown) row.editor->setValue(document_.value(field.name));
  }
}

void TrainForm::setDocument(const TrainDocument& document) {
  document_ = document;
  display();
  emit changed();
}

void TrainForm::set(const std::string& name, const Json& value) {
  document_.set(name, value);
  display();
  emit changed();
}

void TrainForm::startFrom(const QString& checkpoint) {
  document_.setStart(TrainStart::kCheckpoint);
  set("model", checkpoint.toStdString());
}

void TrainForm::focusFirst() {
  rows_.front().editor->setFocus(Qt::OtherFocusReason);
}

}  // namespace orrery::ui
