#include "ui/train/train_curves.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QSignalBlocker>
#include <QTimer>
#include <QVBoxLayout>

#include "ui/shell/theme.h"
#include "ui/train/curve_plot.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kFrameMilliseconds = 50;
constexpr int kColors = 4;  // of the theme that are distinct

struct Picture {
  const char* name;
  QString title;
  std::vector<MetricPoint> RunCurves::*values;
};

std::vector<Picture> pictures() {
  return {{"train.loss", TrainCurves::tr("Loss"), &RunCurves::loss},
          {"train.rate", TrainCurves::tr("Learning rate"), &RunCurves::rate},
          {"train.gradient", TrainCurves::tr("Gradient norm"), &RunCurves::gradient},
          {"train.throughput", TrainCurves::tr("Windows a second"), &RunCurves::throughput}};
}

std::vector<QPointF> pointsOf(const std::vector<MetricPoint>& curve, bool time) {
  std::vector<QPointF> points;
  points.reserve(curve.size());
  for (const MetricPoint& point : curve)
    points.emplace_back(time ? point.seconds : point.step, point.value);
  return points;
}

}  // namespace

QColor runColor(int i) {
  const QColor color = theme().series(i);
  if (i < kColors) return color;
  return theme().dark ? color.darker(150) : color.lighter(150);
}

TrainCurves::TrainCurves(QWidget* parent) : QFrame(parent), frame_(new QTimer(this)) {
  ofKind(this, "card");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 6, 8, 6);
  layout->setSpacing(2);
  layout->addWidget(makeControls());
  auto* grid = new QGridLayout;
  grid->setSpacing(4);
  for (const Picture& picture : pictures()) {
    auto* plot = new CurvePlot(picture.name, picture.title);
    const int at = static_cast<int>(plots_.size());
    if (at == 0)
      grid->addWidget(plot, 0, 0, 1, 3);
    else
      grid->addWidget(plot, 1, at - 1);
    plots_.push_back(plot);
    connect(plot, &CurvePlot::placeHovered, this, [this](double x) {
      for (CurvePlot* each : plots_) each->showPlace(x);
    });
  }
  grid->setRowStretch(0, 11);
  grid->setRowStretch(1, 6);
  layout->addLayout(grid, 1);
  frame_->setSingleShot(true);
  frame_->setInterval(kFrameMilliseconds);
  connect(frame_, &QTimer::timeout, this, &TrainCurves::draw);
}

TrainCurves::~TrainCurves() = default;

QWidget* TrainCurves::makeControls() {
  auto* controls = new QWidget;
  auto* row = new QHBoxLayout(controls);
  row->setContentsMargins(6, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(makeLabel(tr("Curves"), "heading"));
  row->addStretch(1);
  logarithmic_ = named(new QCheckBox(tr("Logarithmic loss")), "train.logarithmic",
                       tr("Draw the loss on a logarithmic axis"));
  row->addWidget(logarithmic_);
  axis_ = named(new QComboBox, "train.axis", tr("What curves are drawn over"));
  axis_->addItems({tr("Over steps"), tr("Over time")});
  row->addWidget(axis_);
  connect(logarithmic_, &QCheckBox::toggled, this, &TrainCurves::setLogarithmic);
  connect(axis_, &QComboBox::currentIndexChanged, this, [this](int i) { setTimeAxis(i == 1); });
  return controls;
}

void TrainCurves::setRuns(std::vector<DrawnRun> runs) {
  runs_ = std::move(runs);
  if (!frame_->isActive()) frame_->start();
}

void TrainCurves::setLogarithmic(bool logarithmic) {
  const QSignalBlocker quiet(logarithmic_);
  logarithmic_->setChecked(logarithmic);
  loss().setLogarithmic(logarithmic);
}

void TrainCurves::setTimeAxis(bool time) {
  const QSignalBlocker quiet(axis_);
  axis_->setCurrentIndex(time ? 1 : 0);
  for (CurvePlot* plot : plots_) plot->setTimeAxis(time);
  draw();
}

void TrainCurves::draw() {
  const bool time = axis_->currentIndex() == 1;
  const auto all = pictures();
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<Curve> curves;
    for (const DrawnRun& run : runs_) {
      const QString name = runs_.size() > 1 ? run.name : tr("training");
      curves.push_back(
          {name, runColor(run.color), false, pointsOf((*run.curves).*all[i].values, time)});
      if (i > 0 || run.curves->evaluation.empty()) continue;
      const QColor color = runs_.size() > 1 ? runColor(run.color) : runColor(run.color + 1);
      curves.push_back({runs_.size() > 1 ? tr("%1, evaluation").arg(run.name) : tr("evaluation"),
                        color, true, pointsOf(run.curves->evaluation, time)});
    }
    plots_[i]->setLegend(i == 0 && curves.size() > 1);
    plots_[i]->setCurves(std::move(curves));
  }
}

void TrainCurves::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && !frame_->isActive()) frame_->start();
}

}  // namespace orrery::ui
