#include "ui/vision/found_view.h"

#include <QCheckBox>
#include <QFileInfo>
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

// Shape, mean and length of the rows' values, as a person compares models by.
QString describe(const Embedding& embedding) {
  QStringList shape;
  for (const std::int64_t side : embedding.shape) shape += QString::number(side);
  double sum = 0, squares = 0;
  for (const float value : embedding.values) {
    sum += value;
    squares += double{value} * value;
  }
  const auto count = static_cast<double>(embedding.values.size());
  return FoundView::tr("Shape %1\nMean %2, root mean square %3\nFrom %4 to %5")
      .arg(shape.join(QStringLiteral(" × ")))
      .arg(sum / count, 0, 'g', 4)
      .arg(std::sqrt(squares / count), 0, 'g', 4)
      .arg(embedding.lowest, 0, 'g', 4)
      .arg(embedding.highest, 0, 'g', 4);
}

std::vector<std::pair<QString, double>> barsOf(const VisionResult& result) {
  std::vector<std::pair<QString, double>> bars;
  for (const LabelScore& label : result.labels) bars.emplace_back(label.label, label.score);
  return bars;
}

// Of each class, how many the threshold leaves.
QHash<QString, int> countsOf(const VisionState& state, const VisionResult& result) {
  const bool scored = result.task != QLatin1String(kPointTask);
  QHash<QString, int> counts;
  const auto count = [&](const QString& label, std::optional<double> score) {
    if (!score || *score >= state.threshold) ++counts[label];
  };
  for (const FoundBox& box : result.boxes) count(box.label, box.score);
  for (const FoundSegment& segment : result.segments)
    count(segment.label, scored ? segment.score : std::nullopt);
  return counts;
}

QString summary(const VisionResult& result, int shown) {
  if (result.task.isEmpty()) return {};
  if (result.empty()) return FoundView::tr("Nothing found");
  const QString time = secondsText(result.runSeconds);
  if (!result.labels.empty()) return FoundView::tr("Labels · %1").arg(time);
  if (result.depth) return FoundView::tr("Depth · %1").arg(time);
  if (result.embedding) return FoundView::tr("Embedding · %1").arg(time);
  const QString counted =
      FoundView::tr("%1 of %2 shown").arg(shown).arg(result.boxes.size() + result.segments.size());
  return result.runSeconds > 0 ? FoundView::tr("%1 · %2").arg(counted, time) : counted;
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
  layout->addWidget(makeLabels(), 1);
  classes_ = named(new QListWidget, "vision.classes", tr("Classes; Space shows or hides one"));
  ofKind(classes_, "quiet");
  classes_->setUniformItemSizes(true);  // long names are cut, not scrolled
  classes_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
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
  overlaps_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
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

// The labels of one model, or of two below each other.
QWidget* FoundView::makeLabels() {
  auto* both = new QWidget;
  auto* layout = new QVBoxLayout(both);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  bars_ = named(new LabelBars, "vision.labels", tr("Labels with their probabilities"));
  otherTitle_ = makeLabel({}, "heading");
  otherTitle_->setWordWrap(true);
  otherBars_ = named(new LabelBars, "vision.otherLabels",
                     tr("Labels of the second model with their probabilities"));
  layout->addWidget(bars_);
  layout->addWidget(otherTitle_);
  layout->addWidget(otherBars_);
  layout->addStretch(1);
  labels_ = named(new QScrollArea, "vision.labelList", tr("Labels"));
  labels_->setWidgetResizable(true);
  labels_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  labels_->setWidget(both);
  both->setAutoFillBackground(false);
  labels_->viewport()->setAutoFillBackground(false);
  return labels_;
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
  slider->setAccessibleDescription(tr("In percent"));
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
  cut_ = makeSlider("vision.cut", tr("Mask value at least"), cutFigure_, cutRow_);
  opacity_ = makeSlider("vision.opacity", tr("Opacity"), opacityFigure_, opacityRow_);
  outline_ = named(new QCheckBox(tr("Outlines only")), "vision.outline", tr("Outlines only"));
  layout->addWidget(thresholdRow_);
  layout->addWidget(cutRow_);
  layout->addWidget(opacityRow_);
  layout->addWidget(outline_);
  connect(threshold_, &QSlider::valueChanged, this, [this](int value) {
    thresholdFigure_->setText(percent(double(value) / kSteps));
    emit thresholdChanged(double(value) / kSteps);
  });
  connect(cut_, &QSlider::valueChanged, this, [this](int value) {
    cutFigure_->setText(percent(double(value) / kSteps));
    emit cutChanged(double(value) / kSteps);
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
    const QSignalBlocker quietThreshold(threshold_), quietOpacity(opacity_), quietOutline(outline_),
        quietCut(cut_);
    cut_->setValue(static_cast<int>(std::lround(kSteps * state.cut)));
    threshold_->setValue(static_cast<int>(std::lround(kSteps * state.threshold)));
    opacity_->setValue(static_cast<int>(std::lround(kSteps * state.opacity)));
    outline_->setChecked(state.outline);
  }
  thresholdFigure_->setText(percent(state.threshold));
  cutFigure_->setText(percent(state.cut));
  opacityFigure_->setText(percent(state.opacity));
  thresholdRow_->setVisible(scored);
  cutRow_->setVisible(result.hasMaskValues());
  opacityRow_->setVisible(masks || result.depth);
  outline_->setVisible(masks);
  labels_->setVisible(!result.labels.empty());
  classes_->setVisible(masks || !result.boxes.empty());
  histogram_->setVisible(result.depth || result.embedding);
  depth_->setVisible(result.depth || result.embedding);
  stretch_->setVisible(labels_->isHidden() && classes_->isHidden());
  bars_->setData(barsOf(result));
  otherBars_->setData(state.comparing ? barsOf(state.otherResult) : barsOf({}));
  otherTitle_->setVisible(state.comparing && !state.otherResult.labels.empty());
  otherTitle_->setText(tr("%1 · %2").arg(QFileInfo(state.otherResult.model).fileName(),
                                         secondsText(state.otherResult.runSeconds)));
  if (result.depth)
    histogram_->setData(result.depth->values, result.depth->lowest, result.depth->highest);
  if (const auto& embedding = result.embedding)
    histogram_->setData(embedding->values, embedding->lowest, embedding->highest);
  showDepthAt({});
  if (result.embedding) depth_->setText(describe(*result.embedding));
  fillClasses(state);
  showCounts(state);
}

void FoundView::fillClasses(const VisionState& state) {
  const QSignalBlocker quiet(classes_);
  classes_->clear();
  const QStringList& palette = state.result.palette;
  if (!state.result.labels.empty()) return;
  for (const QString& label : palette.isEmpty() ? state.result.classes() : palette) {
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
  const QHash<QString, int> counts = countsOf(state, result);
  const QHash<QString, int> others = countsOf(state, state.otherResult);
  int shown = 0;
  for (int row = 0; row < classes_->count(); ++row) {
    QListWidgetItem* item = classes_->item(row);
    const QString label = item->data(kLabelRole).toString();
    const int found = counts.value(label);
    if (item->checkState() == Qt::Checked) shown += found;
    if (state.comparing)
      item->setText(tr("%1 (%2 : %3)").arg(label).arg(found).arg(others.value(label)));
    else
      item->setText(found == 1 ? label : tr("%1 (%2)").arg(label).arg(found));
    if (result.task == QLatin1String(kPointTask) && row < static_cast<int>(result.segments.size()))
      item->setText(tr("%1 · %2").arg(label).arg(
          std::max(result.segments[static_cast<std::size_t>(row)].score.value_or(0), 0.0), 0, 'f',
          2));
    item->setToolTip(item->text());
  }
  summary_->setText(summary(result, shown));
  summary_->setVisible(!summary_->text().isEmpty());
  hint_->setVisible(result.task.isEmpty());
  hint_->setText(
      state.task == kPointTask
          ? tr("Click what to cut out, Shift+click what does not belong, or drag a box.\n\nWith "
               "the keyboard: arrows move a cross, Enter or Shift+Enter sets a point, B one "
               "corner of a box and then the other.")
          : tr("What is found in the picture appears here.\n\nC shows a cross that arrows move, to "
               "read a place without a mouse."));
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
