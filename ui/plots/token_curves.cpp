#include "ui/plots/token_curves.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/plots/plot_style.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kFrameMilliseconds = 66;
constexpr std::size_t kPictures = 3;
using Values = std::vector<double> TokenCurve::*;
constexpr std::array<Values, kPictures> kValues{&TokenCurve::probability, &TokenCurve::entropy,
                                                &TokenCurve::cumulativeLogprob};

}  // namespace

// Keeps QCustomPlot out of the header.
class TokenCurves::Picture : public QObject {
 public:
  explicit Picture(TokenCurves* parent) : QObject(parent) {
    plot = named(new QCustomPlot, "compare.curves",
                 TokenCurves::tr("Curves of probability, entropy and log-probability"));
    plot->plotLayout()->clear();
    plot->plotLayout()->setColumnSpacing(18);
    const QString titles[] = {TokenCurves::tr("Probability"), TokenCurves::tr("Entropy (nats)"),
                              TokenCurves::tr("Cumulative log-probability")};
    for (std::size_t i = 0; i < kPictures; ++i) {
      auto* rect = new QCPAxisRect(plot);
      rects[i] = rect;
      plot->plotLayout()->addElement(0, static_cast<int>(i), rect);
      rect->axis(QCPAxis::atLeft)->setLabel(titles[i]);
      rect->axis(QCPAxis::atBottom)->setLabel(TokenCurves::tr("Token"));
      rect->setMinimumMargins(QMargins(8, 8, 8, 8));
      lines[i] = makeLine(rect);
      divergences[i] = makeLine(rect);
    }
    frame.setSingleShot(true);
    frame.setInterval(kFrameMilliseconds);
    style();
  }

  void style() {
    PlotStyle::apply(*plot);
    for (std::size_t i = 0; i < kPictures; ++i) {
      lines[i]->setPen(QPen(theme().accent, 1));
      divergences[i]->setPen(QPen(theme().danger, 1.4, Qt::DashLine));
      for (int g = 0; g < graphs[i].size(); ++g) graphs[i][g]->setPen(QPen(theme().series(g), 1.8));
    }
  }

  void place(QCPItemLine* line, int at) {
    line->setVisible(at >= 0);
    line->start->setCoords(at, 0);
    line->end->setCoords(at, 1);
  }

  QCustomPlot* plot;
  std::array<QCPAxisRect*, kPictures> rects{};
  std::array<QCPItemLine*, kPictures> lines{};
  std::array<QCPItemLine*, kPictures> divergences{};
  std::array<QList<QCPGraph*>, kPictures> graphs;
  std::vector<TokenCurve> curves;
  int divergence = -1;
  int shown = -1;
  QTimer frame;

 private:
  QCPItemLine* makeLine(QCPAxisRect* rect) {
    auto* line = new QCPItemLine(plot);
    for (QCPItemPosition* end : {line->start, line->end}) {
      end->setAxisRect(rect);
      end->setAxes(rect->axis(QCPAxis::atBottom), rect->axis(QCPAxis::atLeft));
      end->setTypeX(QCPItemPosition::ptPlotCoords);
      end->setTypeY(QCPItemPosition::ptAxisRectRatio);
    }
    line->setClipAxisRect(rect);
    line->setVisible(false);
    return line;
  }
};

TokenCurves::TokenCurves(QWidget* parent) : QWidget(parent), picture_(new Picture(this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(picture_->plot);
  setMinimumHeight(150);
  picture_->plot->installEventFilter(this);
  connect(&picture_->frame, &QTimer::timeout, this, &TokenCurves::draw);
  connect(picture_->plot, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) {
    for (QCPAxisRect* rect : picture_->rects)
      if (rect->rect().contains(event->pos())) {
        const double at = rect->axis(QCPAxis::atBottom)->pixelToCoord(event->pos().x());
        const int place = static_cast<int>(std::lround(at));
        showPlace(place);
        emit placeHovered(place);
      }
  });
}

void TokenCurves::setData(std::vector<TokenCurve> curves, int divergence) {
  picture_->curves = std::move(curves);
  picture_->divergence = divergence;
  if (!picture_->frame.isActive()) picture_->frame.start();
}

void TokenCurves::draw() {
  for (std::size_t i = 0; i < kPictures; ++i) {
    auto& graphs = picture_->graphs[i];
    QCPAxis* x = picture_->rects[i]->axis(QCPAxis::atBottom);
    QCPAxis* y = picture_->rects[i]->axis(QCPAxis::atLeft);
    while (graphs.size() < static_cast<qsizetype>(picture_->curves.size()))
      graphs.append(picture_->plot->addGraph(x, y));
    std::size_t longest = 0;
    for (qsizetype g = 0; g < graphs.size(); ++g) {
      QVector<double> places;
      QVector<double> values;
      if (g < static_cast<qsizetype>(picture_->curves.size())) {
        const auto& source = picture_->curves[static_cast<std::size_t>(g)].*kValues[i];
        longest = std::max(longest, source.size());
        values = QVector<double>(source.begin(), source.end());
        for (qsizetype place = 0; place < values.size(); ++place)
          places.append(static_cast<double>(place));
      }
      graphs[g]->setData(places, values, true);
    }
    y->rescale();
    if (i == 0) y->setRange(0, 1.03);
    if (y->range().size() <= 0 || longest == 0) y->setRange(i == 2 ? -1 : 0, i == 2 ? 0 : 1);
    x->setRange(-0.5, std::max<double>(static_cast<double>(longest), 8) - 0.5);
    picture_->place(picture_->divergences[i], picture_->divergence);
  }
  picture_->style();
  picture_->plot->replot(QCustomPlot::rpQueuedReplot);
}

void TokenCurves::showPlace(int place) {
  if (place == picture_->shown) return;
  picture_->shown = place;
  for (QCPItemLine* line : picture_->lines) picture_->place(line, place);
  picture_->plot->replot(QCustomPlot::rpQueuedReplot);
}

bool TokenCurves::writeImage(const QString& path) {
  draw();
  return picture_->plot->savePng(path, 0, 0, 2.0);
}

bool TokenCurves::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Leave) {
    showPlace(-1);
    emit placeHovered(-1);
  }
  return QWidget::eventFilter(watched, event);
}

void TokenCurves::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) draw();
}

}  // namespace orrery::ui
