#include "ui/plots/token_curves.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/plots/plot_style.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kFrameMilliseconds = 30;
constexpr int kSmallestWidth = 170;
constexpr double kLineWidth = 1.6;
constexpr std::size_t kFewestInTurn = 2;  // tokens
constexpr std::size_t kTurns = 40;        // over the whole picture
constexpr double kExportScale = 2;
constexpr int kExportWidth = 420;  // of a picture, in pixels before scaling
constexpr int kExportHeight = 300;
constexpr int kExportRow = 22;  // height of a column's name
using Values = std::vector<double> TokenCurve::*;

// Which of the curves that lie on each other from a token to the next draws that piece.
struct Sharing {
  std::size_t count = 0;  // of those curves
  std::size_t rank = 0;   // of the one asked about among them
};

Sharing sharing(const std::vector<TokenCurve>& curves, std::size_t curve, Values member,
                std::size_t at) {
  constexpr double kSame = 1e-6;
  const auto& own = curves[curve].*member;
  Sharing result;
  for (std::size_t other = 0; other < curves.size(); ++other) {
    const auto& values = curves[other].*member;
    const bool same = at + 1 < values.size() && std::abs(values[at] - own[at]) < kSame &&
                      std::abs(values[at + 1] - own[at + 1]) < kSame;
    if (!same && other != curve) continue;
    ++result.count;
    if (other < curve) ++result.rank;
  }
  return result;
}

// The values of a curve, NaN where it is not drawn: curves that lie on each other take turns, so
// that all of them are seen. `turn` is a turn's length in tokens.
std::vector<double> shownValues(const std::vector<TokenCurve>& curves, std::size_t curve,
                                Values member, std::size_t turn) {
  const auto& own = curves[curve].*member;
  std::vector<double> shown(own.size(), std::numeric_limits<double>::quiet_NaN());
  if (own.size() == 1) shown = own;
  for (std::size_t at = 0; at + 1 < own.size(); ++at) {
    const Sharing shared = sharing(curves, curve, member, at);
    if (at / turn % shared.count != shared.rank) continue;
    shown[at] = own[at];
    shown[at + 1] = own[at + 1];
  }
  return shown;
}

void setValues(QCPGraph& graph, const std::vector<double>& source) {
  QVector<double> places;
  for (std::size_t at = 0; at < source.size(); ++at) places.append(static_cast<double>(at));
  graph.setData(places, QVector<double>(source.begin(), source.end()), true);
}

}  // namespace

// One plot. Keeps QCustomPlot out of the header.
class TokenCurves::Picture {
 public:
  Picture(const char* name, const QString& title, Values values) : values_(values) {
    plot = named(new QCustomPlot, name, TokenCurves::tr("Curves: %1").arg(title));
    plot->setPlottingHint(QCP::phFastPolylines);
    plot->setMinimumSize(kSmallestWidth, 110);
    title_ = new QCPTextElement(plot, title);
    title_->setTextFlags(Qt::AlignLeft | Qt::AlignVCenter);
    title_->setMargins(QMargins(6, 4, 6, 0));
    plot->plotLayout()->insertRow(0);
    plot->plotLayout()->addElement(0, 0, title_);
    plot->plotLayout()->setRowSpacing(0);
    const auto whole = QSharedPointer<QCPAxisTickerFixed>::create();
    whole->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);  // of one token
    plot->xAxis->setTicker(whole);
    place_ = makeLine();
    divergence_ = makeLine();
    style();
  }

  void style() {
    PlotStyle::apply(*plot);
    QFont font = plot->font();
    font.setWeight(QFont::DemiBold);
    title_->setFont(font);
    title_->setTextColor(theme().text);
    place_->setPen(QPen(theme().accent, 1));
    divergence_->setPen(QPen(theme().danger, 1.2, Qt::DashLine));
    styleGraphs();
  }

  void draw(const std::vector<TokenCurve>& curves, int divergence) {
    while (graphs_.size() < curves.size()) graphs_.push_back(plot->addGraph());
    styleGraphs();
    std::size_t longest = 0;
    for (const TokenCurve& curve : curves) longest = std::max(longest, (curve.*values_).size());
    const std::size_t turn = std::max(kFewestInTurn, longest / kTurns);
    for (std::size_t g = 0; g < graphs_.size(); ++g)
      setValues(*graphs_[g],
                g < curves.size() ? shownValues(curves, g, values_, turn) : std::vector<double>());
    fitRange(longest);
    place(divergence_, divergence);
    plot->replot();
  }

  void showPlace(int at) {
    place(place_, at);
    plot->replot(QCustomPlot::rpQueuedReplot);
  }

  int placeAt(const QPoint& position) const {
    if (!plot->axisRect()->rect().contains(position)) return -1;
    return static_cast<int>(std::lround(plot->xAxis->pixelToCoord(position.x())));
  }

  QCustomPlot* plot;
  bool stale = false;

 private:
  void styleGraphs() {
    for (std::size_t g = 0; g < graphs_.size(); ++g)
      graphs_[g]->setPen(QPen(theme().series(static_cast<int>(g)), kLineWidth));
  }

  void fitRange(std::size_t longest) {
    const bool falls = values_ == &TokenCurve::cumulativeLogprob;
    plot->yAxis->rescale();
    if (values_ == &TokenCurve::probability) plot->yAxis->setRange(0, 1.03);
    if (values_ == &TokenCurve::entropy) plot->yAxis->setRangeLower(0);
    if (falls) plot->yAxis->setRangeUpper(0);
    if (plot->yAxis->range().size() <= 0 || longest == 0)
      plot->yAxis->setRange(falls ? -1 : 0, falls ? 0 : 1);
    plot->xAxis->setRange(-0.5, std::max<double>(static_cast<double>(longest), 8) - 0.5);
  }

  static void place(QCPItemLine* line, int at) {
    line->setVisible(at >= 0);
    line->start->setCoords(at, 0);
    line->end->setCoords(at, 1);
  }

  QCPItemLine* makeLine() {
    auto* line = new QCPItemLine(plot);
    for (QCPItemPosition* end : {line->start, line->end}) {
      end->setTypeX(QCPItemPosition::ptPlotCoords);
      end->setTypeY(QCPItemPosition::ptAxisRectRatio);
    }
    line->setVisible(false);
    return line;
  }

  Values values_;
  QCPTextElement* title_;
  QCPItemLine* place_;
  QCPItemLine* divergence_;
  std::vector<QCPGraph*> graphs_;
};

TokenCurves::TokenCurves(QWidget* parent) : QFrame(parent), frame_(new QTimer(this)) {
  ofKind(this, "card");
  pictures_ = {
      std::make_unique<Picture>("compare.probability", tr("Probability of each token"),
                                &TokenCurve::probability),
      std::make_unique<Picture>("compare.entropy", tr("Entropy, nats"), &TokenCurve::entropy),
      std::make_unique<Picture>("compare.logprob", tr("Log-probability so far"),
                                &TokenCurve::cumulativeLogprob)};
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(8, 6, 8, 6);
  layout->setSpacing(8);
  for (const auto& picture : pictures_) {
    layout->addWidget(picture->plot, 1);
    picture->plot->installEventFilter(this);
    connect(picture->plot, &QCustomPlot::mouseMove, this,
            [this, at = picture.get()](const QMouseEvent* event) {
              const int place = at->placeAt(event->pos());
              showPlace(place);
              emit placeHovered(place);
            });
  }
  frame_->setSingleShot(true);
  frame_->setInterval(kFrameMilliseconds);
  connect(frame_, &QTimer::timeout, this, &TokenCurves::drawNext);
}

TokenCurves::~TokenCurves() = default;

void TokenCurves::setData(std::vector<TokenCurve> curves, int divergence) {
  curves_ = std::move(curves);
  divergence_ = divergence;
  for (const auto& picture : pictures_) picture->stale = true;
  if (!frame_->isActive()) frame_->start();
}

void TokenCurves::drawNext() {
  next_ = (next_ + 1) % kPictures;
  Picture& picture = *pictures_[next_];
  if (picture.stale) picture.draw(curves_, divergence_);
  picture.stale = false;
  if (std::any_of(pictures_.begin(), pictures_.end(), [](const auto& p) { return p->stale; }))
    frame_->start();
}

void TokenCurves::showPlace(int place) {
  if (place == shown_) return;
  shown_ = place;
  for (const auto& picture : pictures_) picture->showPlace(place);
}

bool TokenCurves::writeImage(const QString& path) {
  const int names = static_cast<int>(curves_.size()) * kExportRow + 10;
  QImage image(
      QSize(kExportWidth * static_cast<int>(kPictures), kExportHeight + names) * kExportScale,
      QImage::Format_RGB32);
  image.setDevicePixelRatio(kExportScale);
  image.fill(theme().surface);
  QPainter painter(&image);
  painter.setFont(font());
  for (std::size_t i = 0; i < curves_.size(); ++i) {
    const int y = 6 + static_cast<int>(i) * kExportRow;
    painter.fillRect(12, y + kExportRow / 2 - 2, 18, 4, theme().series(static_cast<int>(i)));
    painter.setPen(theme().text);
    painter.drawText(QRect(38, y, kExportWidth * static_cast<int>(kPictures) - 50, kExportRow),
                     Qt::AlignVCenter, curves_[i].name);
  }
  for (std::size_t i = 0; i < kPictures; ++i) {
    pictures_[i]->draw(curves_, divergence_);
    const QPixmap drawn = pictures_[i]->plot->toPixmap(kExportWidth, kExportHeight, kExportScale);
    painter.drawPixmap(
        QRect(static_cast<int>(i) * kExportWidth, names, kExportWidth, kExportHeight), drawn);
  }
  painter.end();
  return image.save(path, "PNG");
}

bool TokenCurves::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Leave) {
    showPlace(-1);
    emit placeHovered(-1);
  }
  return QFrame::eventFilter(watched, event);
}

void TokenCurves::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  for (const auto& picture : pictures_) {
    picture->style();
    picture->stale = true;
  }
  frame_->start();
}

}  // namespace orrery::ui
