// The widgets of the vision panel and what they are connected to; what they do is in
// vision_panel.cpp.
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <utility>

#include "ui/library/model_picker.h"
#include "ui/vision/batch_view.h"
#include "ui/vision/found_view.h"
#include "ui/vision/picture_canvas.h"
#include "ui/vision/vision_panel.h"
#include "ui/vision/vision_runner.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kFilesWidth = 180;
constexpr double kZoomStep = 1.25;

QToolButton* makeTextTool(const QString& text, const char* objectName, const QString& tip) {
  auto* button = ofKind(named(new QToolButton, objectName, tip), "tool");
  button->setText(text);
  button->setToolTip(tip);
  return button;
}

}  // namespace

QWidget* VisionPanel::makeHeader() {
  auto* header = new QWidget;
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(makeLabel(tr("Vision"), "title"));
  row->addSpacing(8);
  picker_ = named(new ModelPicker(services_.library), "vision.model", tr("Model"));
  row->addWidget(picker_, 1);
  compare_ = makeTextTool(tr("Compare"), "vision.compare",
                          tr("Show what a second model finds, right of a line that can be moved"));
  compare_->setCheckable(true);
  row->addWidget(compare_);
  other_ = named(new ModelPicker(services_.library), "vision.otherModel", tr("Second model"));
  row->addWidget(other_, 1);
  connect(compare_, &QToolButton::clicked, this, &VisionPanel::setComparing);
  connect(other_, &ModelPicker::modelChosen, this, [this](const QString& model) {
    state_.otherModel = model.toStdString();
    save();
  });
  task_ = named(new QComboBox, "vision.task", tr("Task"));
  task_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  row->addWidget(task_);
  subtask_ = named(new QComboBox, "vision.subtask", tr("Kind of segments"));
  subtask_->addItem(tr("Semantic"), QStringLiteral("semantic"));
  subtask_->addItem(tr("Instances"), QStringLiteral("instance"));
  subtask_->addItem(tr("Panoptic"), QStringLiteral("panoptic"));
  row->addWidget(subtask_);
  candidates_ = named(new QLineEdit, "vision.candidates", tr("Labels to choose among"));
  candidates_->setPlaceholderText(tr("Labels, separated by commas"));
  row->addWidget(candidates_, 1);
  row->addStretch(1);
  export_ = makeButton(tr("Export…"), "vision.export");
  row->addWidget(export_);
  run_ = makeButton(tr("Run"), "vision.run", "primary");
  run_->setMinimumWidth(84);
  row->addWidget(run_);
  connect(picker_, &ModelPicker::modelChosen, this, [this] { describeModel(); });
  connect(task_, &QComboBox::activated, this, &VisionPanel::onTaskChosen);
  connect(subtask_, &QComboBox::activated, this, [this] {
    state_.subtask = subtask_->currentData().toString().toStdString();
    showBatchRows();
    save();
  });
  connect(candidates_, &QLineEdit::textEdited, this, [this](const QString& text) {
    state_.candidates = text.toStdString();
    showBatchRows();
    save();
  });
  connect(candidates_, &QLineEdit::returnPressed, this, &VisionPanel::run);
  connect(export_, &QPushButton::clicked, this, &VisionPanel::exportResult);
  connect(run_, &QPushButton::clicked, this,
          [this] { runner_->busy() || otherRunner_->busy() ? stop() : run(); });
  return header;
}

QWidget* VisionPanel::makeEmpty() {
  auto* ways = new QWidget;
  auto* row = new QHBoxLayout(ways);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  open_ = makeButton(tr("Open a picture…"), "vision.openFirst", "primary");
  auto* folder = makeButton(tr("Open a folder…"), "vision.folderFirst");
  auto* sample = makeButton(tr("Show a sample"), "vision.sampleFirst");
  for (QPushButton* button : {open_, folder, sample}) row->addWidget(button);
  connect(open_, &QPushButton::clicked, this, &VisionPanel::askForPicture);
  connect(folder, &QPushButton::clicked, this, &VisionPanel::askForFolder);
  connect(sample, &QPushButton::clicked, this, &VisionPanel::openSample);
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->addWidget(makeEmptyState("vision", tr("Drop a picture here"),
                                   tr("Or paste one with Ctrl+V. A folder shows its pictures at "
                                      "the side."),
                                   ways));
  return page;
}

QWidget* VisionPanel::makeFolder() {
  auto* folder = new QWidget;
  folder->setFixedWidth(kFilesWidth);
  auto* layout = new QVBoxLayout(folder);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  auto* head = new QHBoxLayout;
  folderName_ = makeLabel({}, "small");
  folderName_->setMinimumWidth(0);
  folderName_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  auto* close = makeIconButton("close", tr("Close the folder"), "vision.closeFolder");
  head->addWidget(folderName_, 1);
  head->addWidget(close);
  layout->addLayout(head);
  files_ = named(new QListWidget, "vision.files", tr("Pictures of the folder"));
  files_->setUniformItemSizes(true);  // folders of 50,000 pictures stay quick
  files_->setTextElideMode(Qt::ElideMiddle);
  layout->addWidget(files_, 1);
  folder->hide();
  connect(close, &QToolButton::clicked, this, &VisionPanel::closeFolder);
  connect(files_, &QListWidget::currentItemChanged, this, [this](QListWidgetItem* item) {
    if (item) openFile(item->data(Qt::UserRole).toString());
  });
  return folder;
}

QWidget* VisionPanel::makeMiddle() {
  auto* middle = new QWidget;
  auto* row = new QHBoxLayout(middle);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(12);
  row->addWidget(folder_ = makeFolder());
  QBoxLayout* layout = nullptr;
  auto* card = makeCard(layout);
  layout->setContentsMargins(8, 8, 8, 6);
  layout->setSpacing(4);
  stack_ = new QStackedWidget;
  canvas_ = named(new PictureCanvas, "vision.canvas", tr("Picture"));
  stack_->addWidget(makeEmpty());
  stack_->addWidget(canvas_);
  stack_->addWidget(batch_ = new BatchView(services_));
  layout->addWidget(stack_, 1);
  progress_ = named(new QProgressBar, "vision.progress", tr("Progress"));
  progress_->setTextVisible(false);
  progress_->hide();
  layout->addWidget(progress_);
  layout->addWidget(makeTools());
  row->addWidget(card, 1);
  found_ = named(new FoundView, "vision.found", tr("What was found"));
  row->addWidget(found_);
  connect(batch_, &BatchView::busyChanged, this, &VisionPanel::updateActions);
  connect(batch_, &BatchView::failed, this, &VisionPanel::showProblem);
  connect(batch_, &BatchView::pictureChosen, this, &VisionPanel::openFromBatch);
  return middle;
}

QWidget* VisionPanel::makeTools() {
  auto* tools = new QWidget;
  auto* row = new QHBoxLayout(tools);
  row->setContentsMargins(8, 0, 8, 0);
  row->setSpacing(4);
  auto* open = makeIconButton("vision", tr("Open a picture (Ctrl+Shift+O)"), "vision.open");
  auto* folder = makeIconButton("folder", tr("Open a folder of pictures"), "vision.openFolder");
  auto* sample = makeTextTool(tr("Sample"), "vision.sample", tr("Open a sample picture"));
  row->addWidget(open);
  row->addWidget(folder);
  row->addWidget(sample);
  table_ = makeTextTool(tr("All pictures"), "vision.batch",
                        tr("Run the task on every picture of the folder"));
  table_->setCheckable(true);
  row->addWidget(table_);
  connect(table_, &QToolButton::toggled, this, &VisionPanel::showBatch);
  pointTools_ = new QWidget;
  makePointTools(pointTools_);
  row->addWidget(pointTools_);
  place_ = makeLabel({}, "small");
  row->addSpacing(8);
  row->addWidget(place_, 1);
  row->addWidget(zoomTools_ = makeZoomTools());
  connect(open, &QToolButton::clicked, this, &VisionPanel::askForPicture);
  connect(folder, &QToolButton::clicked, this, &VisionPanel::askForFolder);
  connect(sample, &QToolButton::clicked, this, &VisionPanel::openSample);
  return tools;
}

QWidget* VisionPanel::makeZoomTools() {
  auto* tools = new QWidget;
  auto* row = new QHBoxLayout(tools);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(4);
  zoom_ = makeLabel({}, "small");
  row->addWidget(zoom_);
  auto* out = makeTextTool(QStringLiteral("−"), "vision.zoomOut", tr("Smaller (−)"));
  auto* in = makeTextTool(QStringLiteral("+"), "vision.zoomIn", tr("Larger (+)"));
  auto* fit = makeTextTool(tr("Fit"), "vision.fit", tr("Show the whole picture (0)"));
  auto* actual = makeTextTool(QStringLiteral("1:1"), "vision.actualSize",
                              tr("A pixel of the picture is one of the screen (1)"));
  for (QToolButton* button : {out, in, fit, actual}) row->addWidget(button);
  connect(out, &QToolButton::clicked, this, [this] { canvas_->zoomBy(1 / kZoomStep); });
  connect(in, &QToolButton::clicked, this, [this] { canvas_->zoomBy(kZoomStep); });
  connect(fit, &QToolButton::clicked, canvas_, &PictureCanvas::fit);
  connect(actual, &QToolButton::clicked, canvas_, &PictureCanvas::actualSize);
  return tools;
}

void VisionPanel::makePointTools(QWidget* tools) {
  auto* row = new QHBoxLayout(tools);
  row->setContentsMargins(8, 0, 0, 0);
  row->setSpacing(4);
  undo_ = makeTextTool(tr("Undo"), "vision.undo", tr("Undo (Ctrl+Z)"));
  redo_ = makeTextTool(tr("Redo"), "vision.redo", tr("Redo (Ctrl+Shift+Z)"));
  clear_ = makeTextTool(tr("Clear"), "vision.clear", tr("Take all points and the box away"));
  for (QToolButton* button : {undo_, redo_, clear_}) row->addWidget(button);
  connect(undo_, &QToolButton::clicked, this, &VisionPanel::undo);
  connect(redo_, &QToolButton::clicked, this, &VisionPanel::redo);
  connect(clear_, &QToolButton::clicked, this, [this] { changePrompt({}); });
}

void VisionPanel::connectCanvas() {
  connect(canvas_, &PictureCanvas::zoomChanged, this, [this](double zoom) {
    zoom_->setText(tr("%1 %").arg(100 * zoom, 0, 'f', zoom < 0.1 ? 1 : 0));
  });
  connect(canvas_, &PictureCanvas::hovered, this, &VisionPanel::onHovered);
  connect(canvas_, &PictureCanvas::left, this, [this] {
    pointer_.reset();
    place_->clear();
    if (state_.result.depth) found_->showDepthAt({});
    if (std::exchange(hoveredSegment_, -1) >= 0) drawResult();
  });
  connect(canvas_, &PictureCanvas::pointed, this, [this](const QPointF& place, bool positive) {
    SegmentPrompt prompt = state_.prompts.current();
    prompt.points.push_back({place, positive});
    changePrompt(std::move(prompt));
  });
  connect(canvas_, &PictureCanvas::wiped, this, [this](double wipe) {
    state_.wipe = wipe;
    save();
  });
  connect(canvas_, &PictureCanvas::boxed, this, [this](const QRectF& box) {
    SegmentPrompt prompt = state_.prompts.current();
    prompt.box = box;
    changePrompt(std::move(prompt));
  });
}

void VisionPanel::connectFound() {
  const auto change = [this](auto set) {
    return [this, set](auto value) {
      set(state_, value);
      drawResult();
      found_->showCounts(state_);
      save();
    };
  };
  connect(found_, &FoundView::thresholdChanged, this,
          change([](VisionState& state, double value) { state.threshold = value; }));
  connect(found_, &FoundView::opacityChanged, this,
          change([](VisionState& state, double value) { state.opacity = value; }));
  connect(found_, &FoundView::cutChanged, this, &VisionPanel::cutRoughly);
  connect(found_, &FoundView::outlineChanged, this,
          change([](VisionState& state, bool value) { state.outline = value; }));
  connect(found_, &FoundView::classShown, this, [this](const QString& label, bool shown) {
    if (shown)
      state_.hidden.erase(label);
    else
      state_.hidden.insert(label);
    drawResult();
    found_->showCounts(state_);
  });
}

void VisionPanel::addShortcuts() {
  const auto shortcut = [this](const QKeySequence& keys, auto reaction) {
    auto* made = new QShortcut(keys, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
    connect(made, &QShortcut::activated, this, reaction);
  };
  const auto onCanvas = [this](Qt::Key key, auto reaction) {
    auto* made = new QShortcut(key, canvas_, nullptr, nullptr, Qt::WidgetShortcut);
    connect(made, &QShortcut::activated, this, reaction);
  };
  onCanvas(Qt::Key_PageDown, [this] { openNeighbour(1); });
  onCanvas(Qt::Key_PageUp, [this] { openNeighbour(-1); });
  shortcut(QKeySequence::Undo, &VisionPanel::undo);
  shortcut(QKeySequence::Redo, &VisionPanel::redo);
  shortcut(QKeySequence::Paste, &VisionPanel::paste);
  shortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), &VisionPanel::askForPicture);
}

}  // namespace orrery::ui
