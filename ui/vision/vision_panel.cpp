#include "ui/vision/vision_panel.h"

#include <QApplication>
#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/protocol/fields.h"
#include "core/protocol/library.h"
#include "ui/engine/engine_pool.h"
#include "ui/library/library_model.h"
#include "ui/library/model_picker.h"
#include "ui/vision/batch_view.h"
#include "ui/vision/found_view.h"
#include "ui/vision/overlap.h"
#include "ui/vision/picture_canvas.h"
#include "ui/vision/vision_look.h"
#include "ui/vision/vision_runner.h"
#include "ui/widgets/notice_bar.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr auto kStateKey = "vision/state";
constexpr int kSaveMilliseconds = 400;
constexpr int kRestMilliseconds = 120;  // without a move of the slider

QString fileOf(const std::string& path) {
  return QString::fromStdString(path);
}

}  // namespace

VisionPanel::VisionPanel(Services& services, QWidget* parent)
    : Panel(parent),
      services_(services),
      runner_(new VisionRunner(services, this)),
      otherRunner_(new VisionRunner(services, this)) {
  ofKind(this, "page");
  setAcceptDrops(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 16);
  layout->setSpacing(12);
  layout->addWidget(makeHeader());
  layout->addWidget(notice_ = new NoticeBar("vision.problem"));
  again_ = notice_->addButton(tr("Start again"), "vision.restart");
  connect(again_, &QPushButton::clicked, this, &VisionPanel::run);
  layout->addWidget(makeMiddle(), 1);
  connectCanvas();
  connectFound();
  connectRunner();
  addShortcuts();
  saving_.setSingleShot(true);
  saving_.setInterval(kSaveMilliseconds);
  connect(&saving_, &QTimer::timeout, this, &VisionPanel::saveNow);
  connect(&reading_, &QFutureWatcherBase::finished, this,
          [this] { onPictureRead(reading_.result()); });
  connect(&services_.library, &LibraryModel::changed, this, [this] {
    if (!described_) describeModel();
  });
  cutting_.setSingleShot(true);
  cutting_.setInterval(kRestMilliseconds);
  connect(&cutting_, &QTimer::timeout, this, &VisionPanel::cutFinely);
  connect(&cut_, &QFutureWatcherBase::finished, this, [this] { onCut(cut_.result()); });
  load();
  updateActions();
}

VisionPanel::~VisionPanel() {
  if (saving_.isActive()) saveNow();
}

bool VisionPanel::busy() const {
  return !opening_.isEmpty() || runWanted_ || cutting_.isActive() || cut_.isRunning() ||
         runner_->busy() || otherRunner_->busy() || batch_->busy();
}

void VisionPanel::focusMain() {
  if (canvas_->picture())
    canvas_->setFocus();
  else
    open_->setFocus();
}

void VisionPanel::connectRunner() {
  connect(runner_, &VisionRunner::busyChanged, this, &VisionPanel::updateActions);
  connect(runner_, &VisionRunner::found, this, &VisionPanel::onFound);
  connect(runner_, &VisionRunner::failed, this, &VisionPanel::onFailed);
  connect(otherRunner_, &VisionRunner::busyChanged, this, &VisionPanel::updateActions);
  connect(otherRunner_, &VisionRunner::found, this, &VisionPanel::onOtherFound);
  connect(otherRunner_, &VisionRunner::failed, this, &VisionPanel::onFailed);
  connect(runner_, &VisionRunner::progressed, this, [this](double part) {
    progress_->setRange(0, part < 0 ? 0 : 1000);
    progress_->setValue(static_cast<int>(1000 * part));
  });
}

// Model and task

void VisionPanel::setModel(const QString& model) {
  picker_->setModel(model);
}

void VisionPanel::setTask(const QString& task) {
  state_.task = task.toStdString();
  if (described_) describeModel();
}

// Learns what the chosen model can do: from the library, or from the model's files.
void VisionPanel::describeModel() {
  if (picker_->model().isEmpty()) return;
  state_.model = picker_->model().toStdString();
  described_ = false;
  describing_.clear();  // what is still to be answered is of another model
  updateActions();
  save();
  if (services_.library.busy()) return;  // it will say
  if (const auto* entry = services_.library.find(picker_->model()))
    return showTasks(visionTasks(QString::fromStdString(entry->architecture),
                                 QString::fromStdString(entry->modelType)),
                     QString::fromStdString(entry->architecture));
  describing_ = picker_->model();
  services_.engines.files().request<protocol::InspectParams>(
      {.path = state_.model}, this,
      [this, model = describing_](const protocol::InspectResult& result) {
        if (model != describing_) return;
        const auto architecture = QString::fromStdString(result.model.architecture);
        showTasks(visionTasks(architecture, QString::fromStdString(result.model.modelType)),
                  architecture);
      },
      [this, model = describing_](const EngineError& error) {
        if (model != describing_) return;
        runWanted_ = false;
        showTasks(visionTasks({}, {}), {});
        showProblem(error.message);
      });
}

void VisionPanel::showTasks(const QStringList& tasks, const QString& architecture) {
  described_ = true;
  describing_.clear();
  task_->clear();
  for (const QString& task : tasks) task_->addItem(visionTaskTitle(task), task);
  task_->setCurrentIndex(std::max(0, task_->findData(QString::fromStdString(state_.task))));
  semanticOnly_ = architecture.contains(QLatin1String("ForSemanticSegmentation"));
  if (tasks.isEmpty()) {
    runWanted_ = false;
    QStringList known;
    for (const QString& task : visionTasks({}, {})) known += visionTaskTitle(task).toLower();
    showProblem(tr("%1 (%2) has none of the tasks of this panel: %3.")
                    .arg(picker_->currentText(), architecture, known.join(QStringLiteral(", "))));
  } else {
    showProblem({});
  }
  onTaskChosen();
  if (runWanted_ && opening_.isEmpty()) run();
}

void VisionPanel::onTaskChosen() {
  state_.task = task_->currentData().toString().toStdString();
  showTask();
  save();
}

void VisionPanel::showTask() {
  subtask_->setVisible(state_.task == "image-segmentation" && !semanticOnly_);
  state_.subtask = semanticOnly_ ? "semantic" : subtask_->currentData().toString().toStdString();
  candidates_->setVisible(state_.task == "zero-shot-image-classification");
  const bool points = state_.task == kPointTask;
  pointTools_->setVisible(points);
  canvas_->setPointing(points);
  found_->showCounts(state_);
  canvas_->setPrompt(points ? state_.prompts.current() : SegmentPrompt());
  if (points || state_.task.empty()) table_->setChecked(false);
  showBatchRows();
  updateActions();
}

// Running

void VisionPanel::run() {
  if (picker_->model().isEmpty()) return;
  if (table_->isChecked()) return batch_->start();
  if (!opening_.isEmpty() || !described_) {
    runWanted_ = true;
    return;
  }
  runWanted_ = false;
  if (state_.picture.empty() || state_.model.empty() || state_.task.empty()) return;
  if (state_.task == kPointTask && state_.prompts.current().empty()) return canvas_->setFocus();
  showProblem({});
  progress_->setRange(0, 0);
  runner_->run(state_);
  runOther();
}

void VisionPanel::runOther() {
  if (!state_.comparing || state_.otherModel.empty() || state_.task == kPointTask) return;
  otherRunner_->run(otherState());
}

VisionState VisionPanel::otherState() const {
  VisionState other = state_;
  other.model = state_.otherModel;
  return other;
}

void VisionPanel::onOtherFound(const VisionResult& result) {
  if (result.picture != fileOf(state_.picture)) return;
  state_.otherResult = result;
  if (state_.cut != kGivenCut) cutting_.start();
  showResult();
}

void VisionPanel::setComparing(bool comparing) {
  state_.comparing = comparing;
  compare_->setChecked(comparing);
  other_->setVisible(comparing);
  showResult();
  save();
}

void VisionPanel::setOtherModel(const QString& model) {
  other_->setModel(model);
}

void VisionPanel::stop() {
  runWanted_ = false;
  runner_->stop();
  otherRunner_->stop();
  batch_->stop();
}

void VisionPanel::onFound(const VisionResult& result) {
  if (result.picture != fileOf(state_.picture)) return;
  state_.result = result;
  state_.cut = kGivenCut;
  state_.hidden.clear();
  if (result.task == QLatin1String(kPointTask) && result.segments.size() > 1) {
    const auto best = std::max_element(
        result.segments.begin(), result.segments.end(),
        [](const FoundSegment& a, const FoundSegment& b) { return a.score < b.score; });
    for (const FoundSegment& segment : result.segments)
      if (segment.label != best->label) state_.hidden.insert(segment.label);
  }
  showResult();
  updateActions();
}

void VisionPanel::changePrompt(SegmentPrompt prompt) {
  state_.prompts.push(std::move(prompt));
  askPrompt();
}

void VisionPanel::undo() {
  if (state_.task == kPointTask && state_.prompts.undo()) askPrompt();
}

void VisionPanel::redo() {
  if (state_.task == kPointTask && state_.prompts.redo()) askPrompt();
}

void VisionPanel::askPrompt() {
  canvas_->setPrompt(state_.prompts.current());
  updateActions();
  if (!state_.prompts.current().empty()) return run();
  runner_->stop();
  state_.result = {};
  showResult();
  updateActions();
}

// Showing

// A result that does not fit the picture is named and emptied.
ResultLayer VisionPanel::layerOf(VisionResult& result) {
  if (!canvas_->picture()) return {};
  const QSize size = canvas_->picture()->size();
  ResultLayer shown;
  try {
    if (!result.segments.empty()) {
      std::vector<const RleMask*> masks;
      for (const FoundSegment& segment : result.segments) masks.push_back(&segment.mask);
      shown.masks = std::make_shared<MaskMap>(makeMaskMap(masks, size.height(), size.width()));
      shown.layer = std::make_shared<IndexLayer>(
          std::shared_ptr<const IndexMap>(shown.masks, &shown.masks->map), size);
    } else if (result.depth) {
      const DepthMap& depth = *result.depth;
      const auto [from, to] = depthRange(depth);
      shown.layer = std::make_shared<IndexLayer>(
          std::make_shared<IndexMap>(
              makeValueMap(depth.values, depth.height, depth.width, from, to, kDepthSteps)),
          size);
    }
  } catch (const Error& error) {
    result = {};
    showProblem(QString::fromUtf8(error.what()));
  }
  return shown;
}

void VisionPanel::showResult() {
  hoveredSegment_ = -1;
  const bool both = state_.comparing;
  state_.result.palette = both ? classesOf(state_.result, state_.otherResult) : QStringList();
  state_.otherResult.palette = state_.result.palette;
  shown_ = layerOf(state_.result);
  otherShown_ = layerOf(state_.otherResult);
  const bool focused = found_->isAncestorOf(QApplication::focusWidget());
  found_->showResult(state_);
  if (focused && !found_->isAncestorOf(QApplication::focusWidget()))
    canvas_->setFocus();  // what had it is hidden: keys go on working here
  found_->showOverlaps(both && shown_.masks && otherShown_.masks
                           ? classOverlaps(state_.result, state_.otherResult)
                           : std::vector<ClassOverlap>());
  drawResult();
  if (pointer_ && canvas_->picture()) onHovered(*pointer_);
}

void VisionPanel::drawResult() {
  const auto style = [this](const ResultLayer& shown, const VisionResult& result) {
    const int hovered = &result == &state_.result ? hoveredSegment_ : -1;
    if (shown.masks) shown.layer->setLook(maskLook(state_, result, *shown.masks, hovered));
    if (shown.layer && !shown.masks) shown.layer->setLook(depthLook(state_.opacity));
  };
  style(shown_, state_.result);
  canvas_->setLayer(shown_.layer);
  canvas_->setBoxes(shownBoxes(state_, state_.result));
  if (state_.comparing) {
    style(otherShown_, state_.otherResult);
    canvas_->setOther(otherShown_.layer, shownBoxes(state_, state_.otherResult));
  }
  const auto drawn = [](const ResultLayer& shown, const VisionResult& result) {
    return shown.layer || !result.boxes.empty();
  };
  const bool both = drawn(shown_, state_.result) || drawn(otherShown_, state_.otherResult);
  canvas_->setWipe(state_.comparing && both ? std::optional(state_.wipe) : std::nullopt);
}

// Right of the wipe's line it is the second model's result that is read.
void VisionPanel::onHovered(const QPointF& place) {
  pointer_ = place;
  const QRectF whole(QPointF(), QSizeF(canvas_->picture()->size()));
  if (!whole.contains(place)) return place_->clear();
  const bool second = state_.comparing && place.x() >= state_.wipe * whole.width();
  const VisionResult& result = second ? state_.otherResult : state_.result;
  const ResultLayer& shown = second ? otherShown_ : shown_;
  QString text = tr("%1, %2").arg(std::floor(place.x())).arg(std::floor(place.y()));
  const auto add = [&](const QString& label, std::optional<double> score) {
    text += QStringLiteral(" · ") + label;
    if (score) text += QStringLiteral(" %1").arg(*score, 0, 'f', 3);
  };
  int seen = -1;
  if (shown.masks) {
    const auto& set = shown.masks->sets[static_cast<std::size_t>(shown.layer->indexAt(place))];
    seen = seenSegment(state_, result, set);
    if (seen >= 0) {
      const FoundSegment& segment = result.segments[static_cast<std::size_t>(seen)];
      add(segment.label, segment.score);
    }
  }
  if (second) seen = -1;  // segments of the first stand out
  if (std::exchange(hoveredSegment_, seen) != seen) drawResult();
  for (const FoundBox& box : result.boxes)
    if (box.box.contains(place) && state_.shows(box.label, box.score)) add(box.label, box.score);
  if (const auto& depth = result.depth) {
    const auto x = static_cast<std::size_t>(place.x() * depth->width / whole.width());
    const auto y = static_cast<std::size_t>(place.y() * depth->height / whole.height());
    const double value = depth->values[y * static_cast<std::size_t>(depth->width) + x];
    if (!second) found_->showDepthAt(value);
    add(tr("depth"), value);
  }
  place_->setText(text);
}

void VisionPanel::showProblem(const QString& problem) {
  notice_->tell(problem);
  again_->hide();
  updateActions();
}

void VisionPanel::onFailed(const QString& reason) {
  showProblem(reason);
  again_->show();
}

void VisionPanel::updateActions() {
  const bool busy = runner_->busy() || otherRunner_->busy();
  const bool points = state_.task == kPointTask;
  const bool ready = !state_.picture.empty() && !state_.model.empty() && !state_.task.empty() &&
                     (!points || !state_.prompts.current().empty());
  run_->setText(busy ? tr("Stop") : tr("Run"));
  run_->setAccessibleName(run_->text());
  run_->setEnabled(busy || ready);
  again_->setEnabled(ready && !busy);
  progress_->setVisible(busy);
  export_->setEnabled(!state_.result.empty());
  const bool all = table_->isChecked();
  run_->setVisible(!all);  // the table has its own
  export_->setVisible(!all);
  zoomTools_->setVisible(!all && canvas_->picture());
  table_->setVisible(files_->count() > 0);
  table_->setEnabled(!points && !state_.task.empty());
  undo_->setEnabled(state_.prompts.canUndo());
  redo_->setEnabled(state_.prompts.canRedo());
  clear_->setEnabled(!state_.prompts.current().empty());
  task_->setVisible(task_->count() > 0);
}

// Keeping

void VisionPanel::save() {
  saving_.start();
}

void VisionPanel::saveNow() {
  services_.settings.setValue(QString::fromLatin1(kStateKey),
                              QString::fromStdString(protocol::toJson(state_).dump()));
}

void VisionPanel::load() {
  const QString text = services_.settings.value(QString::fromLatin1(kStateKey)).toString();
  try {
    const Json json = text.isEmpty() ? Json::object() : parseJson(text.toStdString(), "settings");
    protocol::fromJson(JsonField(json, "vision/state"), state_);
  } catch (const Error&) {
    state_ = {};  // what cannot be read begins anew
  }
  subtask_->setCurrentIndex(
      std::max(0, subtask_->findData(QString::fromStdString(state_.subtask))));
  candidates_->setText(QString::fromStdString(state_.candidates));
  const std::string picture = state_.picture;
  if (!state_.folder.empty() && QFileInfo(fileOf(state_.folder)).isDir())
    showFolder(fileOf(state_.folder));
  state_.picture.clear();  // until it is read
  if (QFileInfo::exists(fileOf(picture))) openFile(fileOf(picture));
  found_->showResult(state_);
  if (!state_.otherModel.empty()) other_->setModel(fileOf(state_.otherModel));
  compare_->setChecked(state_.comparing);
  other_->setVisible(state_.comparing);
  if (!state_.model.empty()) picker_->setModel(fileOf(state_.model));
  showTask();
}

}  // namespace orrery::ui
