#include "ui/vision/found_view.h"

#include <QCheckBox>
#include <QHash>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QPainter>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSlider>
#include <QTableWidget>
#include <QVBoxLayout>
#include <cmath>

#include "ui/plots/label_bars.h"
#include "ui/plots/value_histogram.h"
#include "ui/vision/vision_look.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kWidth = 300;
constexpr int kSteps = 100;
constexpr int kLabelRole = Qt::UserRole;

QString percent(double part) {
  return QStringLiteral("%1 %").arg(std::lround(100 * part));
}

QIcon swatch(const QColor& color) {
  QPixmap picture(14, 14);
  picture.fill(Qt::transparent);
  QPainter painter(&picture);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  painter.drawRoundedRect(QRectF(1, 1, 12, 12), 3, 3);
  return picture;
}

QString secondsText(double seconds) {
  return seconds < 1 ? FoundView::tr("%1 ms").arg(std::lround(1000 * seconds))
                     : FoundView::tr("%1 s").arg(seconds, 0, 'f', 1);
}

QString summary(const VisionResult& result, int shown) {
  if (result.task.isEmpty()) return {};
  if (result.empty()) return FoundView::tr("Nothing found");
  const QString time = secondsText(result.runSeconds);
  if (!result.labels.empty()) return FoundView::tr("Labels · %1").arg(time);
  if (result.depth) return FoundView::tr("Depth · %1").arg(time);
  return FoundView::tr("%1 of %2 shown · %3")
      .arg(shown)
      .arg(result.boxes.size() + result.segments.size())
      .arg(time);
}

}  // namespace

FoundView::FoundView(QWidget* parent) : QFrame(parent) {
  ofKind(this, "card");
  setFixedWidth(kWidth);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 12, 16, 12);
  layout->setSpacing(10);
  summary_ = makeLabel({}, "heading");
  summary_->setWordWrap(true);
  layout->addWidget(summary_);
  hint_ = makeLabel({}, "muted");
  hint_->setWordWrap(true);
  layout->addWidget(hint_);
  layout->addWidget(makeControls());
  bars_ = named(new LabelBars, "vision.labels", tr("Labels with their probabilities"));
  labels_ = named(new QScrollArea, "vision.labelList", tr("Labels"));
  labels_->setWidgetResizable(true);
  labels_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  labels_->setWidget(bars_);
  bars_->setAutoFillBackground(false);
  labels_->viewport()->setAutoFillBackground(false);
  layout->addWidget(labels_, 1);
  classes_ = named(new QListWidget, "vision.classes", tr("Classes; Space shows or hides one"));
  ofKind(classes_, "quiet");
  layout->addWidget(classes_, 1);
  histogram_ = new ValueHistogram("vision.histogram");
  layout->addWidget(histogram_);
  depth_ = makeLabel({}, "muted");
  layout->addWidget(depth_);
  overlaps_ = named(new QTableWidget(0, 3), "vision.overlaps",
                    tr("Classes with the intersection over union of both models"));
  overlaps_->setHorizontalHeaderLabels({tr("Class"), tr("Masks"), tr("IoU")});
  overlaps_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  overlaps_->setSelectionBehavior(QAbstractItemView::SelectRows);
  overlaps_->setTabKeyNavigation(false);
  overlaps_->verticalHeader()->hide();
  overlaps_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  overlaps_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  overlaps_->hide();
  layout->addWidget(overlaps_, 1);
  stretch_ = new QWidget;
  layout->addWidget(stretch_, 1);
  connect(classes_, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
    emit classShown(item->data(kLabelRole).toString(), item->checkState() == Qt::Checked);
  });
  showResult({});
}

QSlider* FoundView::makeSlider(const char* objectName, const QString& text, QLabel*& figure,
                               QWidget*& row) {
  row = new QWidget;
  auto* layout = new QVBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(2);
  auto* head = new QHBoxLayout;
  head->addWidget(makeLabel(text));
  head->addStretch(1);
  figure = makeLabel({}, "muted");
  head->addWidget(figure);
  layout->addLayout(head);
  auto* slider = named(new QSlider(Qt::Horizontal), objectName, text);
  slider->setRange(0, kSteps);
  slider->setPageStep(kSteps / 10);
  layout->addWidget(slider);
  return slider;
}

QWidget* FoundView::makeControls() {
  auto* controls = new QWidget;
  auto* layout = new QVBoxLayout(controls);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  threshold_ =
      makeSlider("vision.threshold", tr("Score at least"), thresholdFigure_, thresholdRow_);
  opacity_ = makeSlider("vision.opacity", tr("Opacity"), opacityFigure_, opacityRow_);
  outline_ = named(new QCheckBox(tr("Outlines only")), "vision.outline", tr("Outlines only"));
  layout->addWidget(thresholdRow_);
  layout->addWidget(opacityRow_);
  layout->addWidget(outline_);
  connect(threshold_, &QSlider::valueChanged, this, [this](int value) {
    thresholdFigure_->setText(percent(double(value) / kSteps));
    emit thresholdChanged(double(value) / kSteps);
  });
  connect(opacity_, &QSlider::valueChanged, this, [this](int value) {
    opacityFigure_->setText(percent(double(value) / kSteps));
    emit opacityChanged(double(value) / kSteps);
  });
  connect(outline_, &QCheckBox::toggled, this, &FoundView::outlineChanged);
  return controls;
}

void FoundView::showResult(const VisionState& state) {
  const VisionResult& result = state.result;
  const bool masks = !result.segments.empty();
  bool scored = !result.boxes.empty();
  if (result.task != QLatin1String(kPointTask))
    for (const FoundSegment& segment : result.segments) scored = scored || segment.score;
  {
    const QSignalBlocker quietThreshold(threshold_), quietOpacity(opacity_), quietOutline(outline_);
    threshold_->setValue(static_cast<int>(std::lround(kSteps * state.threshold)));
    opacity_->setValue(static_cast<int>(std::lround(kSteps * state.opacity)));
    outline_->setChecked(state.outline);
  }
  thresholdFigure_->setText(percent(state.threshold));
  opacityFigure_->setText(percent(state.opacity));
  thresholdRow_->setVisible(scored);
  opacityRow_->setVisible(masks || result.depth);
  outline_->setVisible(masks);
  labels_->setVisible(!result.labels.empty());
  classes_->setVisible(masks || !result.boxes.empty());
  histogram_->setVisible(result.depth != nullptr);
  depth_->setVisible(result.depth != nullptr);
  stretch_->setVisible(labels_->isHidden() && classes_->isHidden());
  std::vector<std::pair<QString, double>> bars;
  for (const LabelScore& label : result.labels) bars.emplace_back(label.label, label.score);
  bars_->setData(std::move(bars));
  if (result.depth)
    histogram_->setData(result.depth->values, result.depth->lowest, result.depth->highest);
  showDepthAt({});
  fillClasses(state);
  showCounts(state);
}

void FoundView::fillClasses(const VisionState& state) {
  const QSignalBlocker quiet(classes_);
  classes_->clear();
  for (const QString& label :
       state.result.labels.empty() ? state.result.classes() : QStringList()) {
    auto* item = new QListWidgetItem(swatch(colorOfClass(state.result, label)), label);
    item->setData(kLabelRole, label);
    item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
    item->setCheckState(state.hidden.contains(label) ? Qt::Unchecked : Qt::Checked);
    classes_->addItem(item);
  }
}

void FoundView::showCounts(const VisionState& state) {
  const VisionResult& result = state.result;
  const QSignalBlocker quiet(classes_);
  QHash<QString, int> counts;  // of those that the threshold leaves
  const auto count = [&](const QString& label, std::optional<double> score) {
    if (!score || *score >= state.threshold) ++counts[label];
  };
  for (const FoundBox& box : result.boxes) count(box.label, box.score);
  const bool scored = result.task != QLatin1String(kPointTask);
  for (const FoundSegment& segment : result.segments)
    count(segment.label, scored ? segment.score : std::nullopt);
  int shown = 0;
  for (int row = 0; row < classes_->count(); ++row) {
    QListWidgetItem* item = classes_->item(row);
    const QString label = item->data(kLabelRole).toString();
    const int found = counts.value(label);
    if (item->checkState() == Qt::Checked) shown += found;
    item->setText(found == 1 ? label : tr("%1 (%2)").arg(label).arg(found));
  }
  summary_->setText(summary(result, shown));
  summary_->setVisible(!summary_->text().isEmpty());
  hint_->setVisible(result.task.isEmpty());
  hint_->setText(state.task == kPointTask
                     ? tr("Click what to cut out, Shift+click what does not belong, or drag a box.")
                     : tr("What is found in the picture appears here."));
}

void FoundView::showOverlaps(const std::vector<ClassOverlap>& overlaps) {
  overlaps_->setVisible(!overlaps.empty());
  overlaps_->setRowCount(static_cast<int>(overlaps.size()));
  for (int row = 0; row < overlaps_->rowCount(); ++row) {
    const ClassOverlap& entry = overlaps[static_cast<std::size_t>(row)];
    const QString texts[] = {entry.label, tr("%1 : %2").arg(entry.inFirst).arg(entry.inSecond),
                             QString::number(entry.overlap, 'f', 3)};
    for (int column = 0; column < 3; ++column)
      overlaps_->setItem(row, column, new QTableWidgetItem(texts[column]));
  }
}

void FoundView::showDepthAt(std::optional<double> value) {
  depth_->setText(value ? tr("Under the pointer: %1").arg(*value, 0, 'g', 5)
                        : tr("Point at the picture to read its depth."));
  histogram_->showValue(value);
}

}  // namespace orrery::ui
