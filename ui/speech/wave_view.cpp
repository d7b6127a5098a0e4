#include "ui/speech/wave_view.h"

#include <qcustomplot.h>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/plots/plot_style.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr double kShortest = 0.05;  // seconds that are shown at the least
constexpr double kZoomStep = 1.25;
constexpr int kDragPixels = 4;  // a press that moves less is a click
constexpr int kMargin = 44;     // left of the plots

/// "1:05" below the axis.
class ClockTicker : public QCPAxisTickerTime {
 public:
  ClockTicker() {
    setTimeFormat(QStringLiteral("%m:%s"));
    setTickCount(7);
  }
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override {
    QString label = QCPAxisTickerTime::getTickLabel(tick, locale, format, precision);
    const double rest = tick - std::floor(tick);
    if (rest > 0.0005 && rest < 0.9995) label += QString::number(rest, 'g', 3).mid(1);
    return label;
  }
};

}  // namespace

WaveView::WaveView(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  plot_ = new QCustomPlot;
  plot_->setFocusPolicy(Qt::NoFocus);
  plot_->installEventFilter(this);
  layout->addWidget(plot_);
  setFocusPolicy(Qt::StrongFocus);
  setMinimumHeight(180);
  makePlots();
  style();
}

void WaveView::makePlots() {
  plot_->plotLayout()->clear();
  plot_->setNoAntialiasingOnDrag(true);
  waveRect_ = new QCPAxisRect(plot_);
  spectrumRect_ = new QCPAxisRect(plot_);
  plot_->plotLayout()->addElement(0, 0, waveRect_);
  plot_->plotLayout()->addElement(1, 0, spectrumRect_);
  plot_->plotLayout()->setRowStretchFactor(1, 1.2);
  plot_->plotLayout()->setRowSpacing(6);
  for (QCPAxisRect* rect : {waveRect_, spectrumRect_}) {
    rect->setAutoMargins(QCP::msBottom);
    rect->setMargins(QMargins(kMargin, 4, 8, 0));
    rect->setMinimumMargins(QMargins(kMargin, 4, 8, 4));
    rect->axis(QCPAxis::atBottom)->setTicker(QSharedPointer<ClockTicker>::create());
    rect->axis(QCPAxis::atLeft)->ticker()->setTickCount(3);
  }
  waveRect_->axis(QCPAxis::atBottom)->setTickLabels(false);
  waveRect_->axis(QCPAxis::atLeft)->setRange(-1, 1);
  QCPAxis* time = waveRect_->axis(QCPAxis::atBottom);
  QCPAxis* swing = waveRect_->axis(QCPAxis::atLeft);
  low_ = new QCPGraph(time, swing);
  high_ = new QCPGraph(time, swing);
  for (QCPGraph* graph : {low_, high_}) {
    graph->setAdaptiveSampling(false);  // a point for each column is what it would end at
    graph->setAntialiased(false);
    graph->setAntialiasedFill(false);
  }
  high_->setChannelFillGraph(low_);
  spectrum_ =
      new QCPColorMap(spectrumRect_->axis(QCPAxis::atBottom), spectrumRect_->axis(QCPAxis::atLeft));
  spectrum_->setInterpolate(false);
  spectrum_->setDataRange(QCPRange(0, 1));
  spectrumRect_->axis(QCPAxis::atLeft)->setTickLabels(false);  // bands are no unit of anything
  spectrumRect_->axis(QCPAxis::atLeft)->setLabel(tr("mel"));
  marked_ = new QCPItemRect(plot_);
  marked_->setClipAxisRect(waveRect_);
  for (QCPItemPosition* corner : {marked_->topLeft, marked_->bottomRight})
    corner->setAxes(time, swing);
  marked_->setVisible(false);
  int i = 0;
  for (QCPAxisRect* rect : {waveRect_, spectrumRect_}) {
    auto* line = new QCPItemStraightLine(plot_);
    line->setClipAxisRect(rect);
    for (QCPItemPosition* point : {line->point1, line->point2})
      point->setAxes(rect->axis(QCPAxis::atBottom), rect->axis(QCPAxis::atLeft));
    playheads_[i++] = line;
  }
}

void WaveView::style() {
  PlotStyle::apply(*plot_);
  const Theme& t = theme();
  low_->setPen(QPen(t.accent, 1));
  high_->setPen(QPen(t.accent, 1));
  high_->setBrush(t.accent);
  QColor mark = t.warning;
  mark.setAlphaF(0.35f);
  marked_->setPen(Qt::NoPen);
  marked_->setBrush(mark);
  for (QCPItemStraightLine* line : playheads_) line->setPen(QPen(t.danger, 1.4));
  QCPColorGradient colors;
  colors.setColorStopAt(0, t.surface);
  colors.setColorStopAt(0.55, t.accent);
  colors.setColorStopAt(1, t.dark ? QColor(255, 236, 190) : QColor(40, 16, 60));
  spectrum_->setGradient(colors);
}

void WaveView::setSound(std::shared_ptr<const SoundOverview> sound) {
  sound_ = std::move(sound);
  playhead_ = 0;
  mark(0, 0);
  showRange(0, sound_ ? sound_->seconds : 1);
}

void WaveView::showRange(double begin, double end) {
  const double all = sound_ ? std::max(kShortest, sound_->seconds) : 1;
  const double length = std::clamp(end - begin, std::min(kShortest, all), all);
  begin_ = std::clamp(begin, 0.0, all - length);
  end_ = begin_ + length;
  draw();
}

void WaveView::draw() {
  for (QCPAxisRect* rect : {waveRect_, spectrumRect_})
    rect->axis(QCPAxis::atBottom)->setRange(begin_, end_);
  drawWave();
  drawSpectrum();
  setPlayhead(playhead_);
}

void WaveView::drawWave() {
  const int columns = std::max(1, waveRect_->width());
  const auto extents =
      sound_ ? sound_->wave.look(begin_, end_, columns) : std::vector<WavePyramid::Extent>();
  QVector<double> times, lows, highs;
  double loudest = 0.05;  // silence stays flat
  for (std::size_t i = 0; i < extents.size(); ++i) {
    times += begin_ + (end_ - begin_) * (static_cast<double>(i) + 0.5) / columns;
    lows += extents[i].low;
    highs += extents[i].high;
    loudest = std::max({loudest, std::abs(lows.back()), std::abs(highs.back())});
  }
  low_->setData(times, lows, true);
  high_->setData(times, highs, true);
  waveRect_->axis(QCPAxis::atLeft)->setRange(-loudest, loudest);
}

// Only what is seen is coloured, a cell for each column of the screen: the cost of a frame does not
// depend on the length of the recording.
void WaveView::drawSpectrum() {
  QCPColorMapData* cells = spectrum_->data();
  if (!sound_ || sound_->spectrum.steps() == 0) return cells->clear();
  const SpectrumMap& map = sound_->spectrum;
  const int columns = std::max(1, spectrumRect_->width());
  cells->setSize(columns, map.bands);
  const double step = (end_ - begin_) / columns;
  cells->setRange(QCPRange(begin_ + step / 2, end_ - step / 2), QCPRange(0.5, map.bands - 0.5));
  spectrumRect_->axis(QCPAxis::atLeft)->setRange(0, map.bands);
  for (int x = 0; x < columns; ++x) {
    const int from =
        std::clamp(static_cast<int>((begin_ + x * step) * map.perSecond), 0, map.steps() - 1);
    const float* values =
        &map.values[static_cast<std::size_t>(from) * static_cast<std::size_t>(map.bands)];
    for (int band = 0; band < map.bands; ++band) cells->setCell(x, band, values[band]);
  }
}

void WaveView::setPlayhead(double seconds) {
  playhead_ = seconds;
  for (QCPItemStraightLine* line : playheads_) {
    line->point1->setCoords(seconds, 0);
    line->point2->setCoords(seconds, 1);
    line->setVisible(sound_ != nullptr);
  }
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void WaveView::mark(double begin, double end) {
  marked_->setVisible(end > begin);
  marked_->topLeft->setCoords(begin, 10);
  marked_->bottomRight->setCoords(end, -10);
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void WaveView::bringIntoView(double seconds) {
  if (seconds >= begin_ && seconds <= end_) return;
  const double length = end_ - begin_;
  showRange(seconds - 0.1 * length, seconds + 0.9 * length);
}

void WaveView::zoom(double factor, double about) {
  showRange(about - (about - begin_) / factor, about + (end_ - about) / factor);
}

void WaveView::movePlayhead(double seconds) {
  if (!sound_) return;
  setPlayhead(std::clamp(seconds, 0.0, sound_->seconds));
  bringIntoView(playhead_);
  emit playheadMoved(playhead_);
}

double WaveView::timeAt(double x) const {
  return waveRect_->axis(QCPAxis::atBottom)->pixelToCoord(x);
}

bool WaveView::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize) {
    const bool handled = QWidget::eventFilter(watched, event);
    QMetaObject::invokeMethod(
        this, [this] { draw(); }, Qt::QueuedConnection);
    return handled;
  }
  if (event->type() == QEvent::Wheel && sound_) {
    const auto* wheel = static_cast<QWheelEvent*>(event);
    const double turns = wheel->angleDelta().y() / 120.0;
    const double sideways = wheel->angleDelta().x() / 120.0;
    if (turns != 0) zoom(std::pow(kZoomStep, turns), timeAt(wheel->position().x()));
    if (sideways != 0)
      showRange(begin_ - sideways * 0.1 * (end_ - begin_), end_ - sideways * 0.1 * (end_ - begin_));
    return true;
  }
  if (event->type() == QEvent::MouseButtonPress && sound_) {
    setFocus(Qt::MouseFocusReason);
    pressedAt_ = static_cast<QMouseEvent*>(event)->position().x();
    pressedBegin_ = begin_;
    pressed_ = true;
    dragged_ = false;
    return true;
  }
  if (event->type() == QEvent::MouseMove && pressed_) {
    const double moved = static_cast<QMouseEvent*>(event)->position().x() - pressedAt_;
    dragged_ = dragged_ || std::abs(moved) >= kDragPixels;
    const double length = end_ - begin_;
    const double begin = pressedBegin_ - moved * length / std::max(1, waveRect_->width());
    if (dragged_) showRange(begin, begin + length);
    return true;
  }
  if (event->type() == QEvent::MouseButtonRelease && pressed_) {
    pressed_ = false;
    if (!dragged_) movePlayhead(timeAt(pressedAt_));
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

void WaveView::keyPressEvent(QKeyEvent* event) {
  const double step = event->modifiers() & Qt::ShiftModifier ? 0.1 : 1;
  switch (event->key()) {
    case Qt::Key_Left:
      return movePlayhead(playhead_ - step);
    case Qt::Key_Right:
      return movePlayhead(playhead_ + step);
    case Qt::Key_Home:
      return movePlayhead(0);
    case Qt::Key_End:
      return movePlayhead(sound_ ? sound_->seconds : 0);
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return zoom(kZoomStep, playhead_);
    case Qt::Key_Minus:
      return zoom(1 / kZoomStep, playhead_);
    case Qt::Key_0:
      return showRange(0, sound_ ? sound_->seconds : 1);
    default:
      QWidget::keyPressEvent(event);
  }
}

void WaveView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) {
    style();
    plot_->replot();
  }
  QWidget::changeEvent(event);
}

}  // namespace orrery::ui
