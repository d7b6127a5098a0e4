#include "ui/train/train_form.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/train/train_field_editor.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kPairs = 2;           // fields beside each other
constexpr qsizetype kLongest = 10;  // letters of a choice that fits into half of a row

// Labels of the model's group are long, and leave its choices no room in half of a row.
bool takesWholeRow(const TrainField& field) {
  using Kind = TrainField::Kind;
  const bool chosen = !field.choices.isEmpty() && field.group == TrainField::Group::kModel;
  return chosen || field.kind == Kind::kFile || field.kind == Kind::kFolder ||
         field.kind == Kind::kNames || field.kind == Kind::kNumbers ||
         std::ranges::any_of(field.choices, [](const QString& c) { return c.size() > kLongest; });
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
  for (const TrainField& field : fields_) rows_.push_back(makeRow(field));
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
  grids_[group] = grid;
  layout->addLayout(grid);
  return box;
}

QWidget* TrainForm::makeStart() {
  start_ = named(new QComboBox, "train.start", tr("What the model begins from"));
  start_->addItem(tr("A new PatchTST"), static_cast<int>(TrainStart::kPatchTst));
  start_->addItem(tr("A new PatchTSMixer"), static_cast<int>(TrainStart::kPatchTsMixer));
  start_->addItem(tr("A new Informer"), static_cast<int>(TrainStart::kInformer));
  start_->addItem(tr("A new time series transformer"),
                  static_cast<int>(TrainStart::kTimeSeriesTransformer));
  start_->addItem(tr("A new Autoformer"), static_cast<int>(TrainStart::kAutoformer));
  start_->addItem(tr("A configuration file"), static_cast<int>(TrainStart::kConfigFile));
  start_->addItem(tr("A checkpoint"), static_cast<int>(TrainStart::kCheckpoint));
  connect(start_, &QComboBox::currentIndexChanged, this, [this] {
    document_.setStart(static_cast<TrainStart>(start_->currentData().toInt()));
    display();
    emit changed();
  });
  return start_;
}

TrainForm::Row TrainForm::makeRow(const TrainField& field) {
  QWidget* box = grids_[field.group]->parentWidget();
  Row row{nullptr, new TrainFieldEditor(field, box)};
  if (field.kind != TrainField::Kind::kSwitch) {
    row.label = makeLabel(field.label, "muted");
    row.label->setParent(box);
    row.label->setToolTip(field.tip);
    row.label->setBuddy(row.editor);
  }
  connect(row.editor, &TrainFieldEditor::edited, this,
          [this, name = field.name](const Json& value) {
            document_.set(name, value);
            emit changed();
          });
  return row;
}

// Only what belongs to the model that is chosen has a place.
void TrainForm::layOut() {
  for (const auto& [group, grid] : grids_)
    while (QLayoutItem* item = grid->takeAt(0)) delete item;
  std::map<TrainField::Group, int> places;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const TrainField& field = fields_[i];
    const auto& [label, editor] = rows_[i];
    const bool shown = field.appliesTo(document_.start()), whole = takesWholeRow(field);
    editor->setVisible(shown);
    if (label) label->setVisible(shown);
    if (!shown) continue;
    int& place = places[field.group];
    if (whole) place += place % kPairs;
    const int row = place / kPairs, column = 2 * (place % kPairs);
    QGridLayout& grid = *grids_[field.group];
    if (label) grid.addWidget(label, row, column);
    grid.addWidget(editor, row, label ? column + 1 : column, 1,
                   whole   ? 2 * kPairs - 1
                   : label ? 1
                           : 2);
    place += whole ? kPairs : 1;
  }
}

void TrainForm::display() {
  const QSignalBlocker quiet(start_);
  start_->setCurrentIndex(start_->findData(static_cast<int>(document_.start())));
  if (laidOut_ != document_.start()) layOut();
  laidOut_ = document_.start();
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (fields_[i].appliesTo(document_.start()))
      rows_[i].editor->setValue(document_.value(fields_[i].name));
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
