#include "ui/vision/picture_canvas.h"

#include <QElapsedTimer>
#include <QEvent>
#include <QPainter>
#include <QTimer>
#include <algorithm>
#include <cmath>

#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

constexpr int kTile = 256;
constexpr int kTileMilliseconds = 5;  // of one frame, for tiles that are new
constexpr int kTilesKept = 400;       // 100 MB
constexpr double kMostZoom = 64;
constexpr double kCrispZoom = 2;  // from here on, pixels are shown as squares
constexpr int kChipWidth = 200;   // of a box's text; its end, the score, stays
constexpr int kMargin = 16;       // around a fitted picture
constexpr int kRoughLevels = 2;   // further down the pyramid than would be right

quint64 keyOf(QPoint tile) {
  return quint64{static_cast<quint32>(tile.x())} << 32 | static_cast<quint32>(tile.y());
}

// The part of a level around `area`, without copying it; `area` becomes what was taken.
QImage partOf(const QImage& level, QRect& area) {
  area = area.intersected(level.rect());
  if (area.isEmpty()) return {};
  return QImage(level.constScanLine(area.top()) + qsizetype{4} * area.left(), area.width(),
                area.height(), level.bytesPerLine(), level.format());
}

// Draws what of a level falls on `target`, whose picture pixels begin at `offset` and are `scale`
// times as large as the level's.
void drawLevel(QPainter& painter, const QImage& level, const QRectF& target, QPointF offset,
               QPointF scale) {
  const QRectF wanted((target.left() - offset.x()) / scale.x(),
                      (target.top() - offset.y()) / scale.y(), target.width() / scale.x(),
                      target.height() / scale.y());
  QRect part = wanted.toAlignedRect().adjusted(-2, -2, 2, 2);  // smoothing looks at neighbours
  const QImage image = partOf(level, part);
  if (image.isNull()) return;
  painter.drawImage(
      QRectF(offset.x() + part.left() * scale.x(), offset.y() + part.top() * scale.y(),
             part.width() * scale.x(), part.height() * scale.y()),
      image);
}

}  // namespace

void paintBoxes(QPainter& painter, const std::vector<ShownBox>& boxes, const PictureView& view,
                QSize picture) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  QFont font = painter.font();
  font.setPointSizeF(font.pointSizeF() * 0.9);
  font.setWeight(QFont::DemiBold);
  painter.setFont(font);
  const QFontMetrics metrics(font);
  const QRectF all(painter.window());  // where texts stay to be read
  for (const ShownBox& box : boxes) {
    const QRectF seen = box.box.intersected(QRectF(QPointF(), QSizeF(picture)));
    if (seen.isEmpty()) continue;
    const QRectF area(view.toWidget(seen.topLeft()), view.toWidget(seen.bottomRight()));
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(0, 0, 0, 90), 4));
    painter.drawRoundedRect(area, 2, 2);
    painter.setPen(QPen(box.color, 2));
    painter.drawRoundedRect(area, 2, 2);
    if (box.text.isEmpty() || !area.intersects(all)) continue;
    const QString text = metrics.elidedText(box.text, Qt::ElideMiddle, kChipWidth);
    QRectF chip(area.left() - 1, area.top() - metrics.height() - 4,
                metrics.horizontalAdvance(text) + 12, metrics.height() + 4);
    if (chip.top() < 0) chip.moveTop(std::max(area.top() + 1, 0.0));
    chip.moveLeft(std::max(std::min(chip.left(), all.right() - chip.width()), 0.0));
    painter.setPen(Qt::NoPen);
    painter.setBrush(box.color);
    painter.drawRoundedRect(chip, 3, 3);
    painter.setPen(box.color.lightnessF() > 0.5F ? Qt::black : Qt::white);
    painter.drawText(chip, Qt::AlignCenter, text);
  }
  painter.restore();
}

PictureCanvas::PictureCanvas(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setMinimumSize(240, 180);
}

void PictureCanvas::setPicture(std::shared_ptr<const Picture> picture) {
  picture_ = std::move(picture);
  layer_.reset();
  boxes_.clear();
  otherLayer_.reset();
  otherBoxes_.clear();
  prompt_ = {};
  cross_.reset();
  corner_.reset();
  tiles_.clear();
  fit();
}

void PictureCanvas::setLayer(std::shared_ptr<IndexLayer> layer) {
  layer_ = std::move(layer);
  update();
}

void PictureCanvas::setBoxes(std::vector<ShownBox> boxes) {
  boxes_ = std::move(boxes);
  update();
}

void PictureCanvas::setPrompt(const SegmentPrompt& prompt) {
  prompt_ = prompt;
  update();
}

void PictureCanvas::setOther(std::shared_ptr<IndexLayer> layer, std::vector<ShownBox> boxes) {
  otherLayer_ = std::move(layer);
  otherBoxes_ = std::move(boxes);
  update();
}

void PictureCanvas::setWipe(std::optional<double> wipe) {
  wipe_ = wipe;
  update();
}

int PictureCanvas::wipeLine() const {
  return view_.toWidget({*wipe_ * picture_->size().width(), 0}).toPoint().x();
}

void PictureCanvas::setPointing(bool pointing) {
  pointing_ = pointing;
  if (!pointing) cross_.reset();
  corner_.reset();
  updateCursor();
  update();
}

void PictureCanvas::fit() {
  fitted_ = true;
  if (!picture_) return update();
  const QSizeF size = picture_->size();
  const double scale = std::min(
      {(width() - 2.0 * kMargin) / size.width(), (height() - 2.0 * kMargin) / size.height(), 8.0});
  view_.scale = std::max(scale, 1e-4);
  const QSizeF shown = size * view_.scale;
  view_.offset = QPointF((width() - shown.width()) / 2, (height() - shown.height()) / 2).toPoint();
  tiles_.clear();
  viewChanged();
}

void PictureCanvas::actualSize() {
  setScale(1, rect().center());
}

void PictureCanvas::zoomBy(double factor) {
  setScale(view_.scale * factor, rect().center());
}

void PictureCanvas::setScale(double scale, QPointF about) {
  if (!picture_) return;
  const double least =
      std::min(1.0, 64.0 / std::max(picture_->size().width(), picture_->size().height()));
  scale = std::clamp(scale, least, kMostZoom);
  if (scale == view_.scale) return;
  const QPointF place = view_.toPicture(about);
  view_.scale = scale;
  view_.offset = (about - place * scale).toPoint();
  fitted_ = false;
  tiles_.clear();
  keepInside();
  viewChanged();
}

void PictureCanvas::moveBy(QPoint step) {
  if (!picture_) return;
  view_.offset += step;
  fitted_ = false;
  keepInside();
  viewChanged();
}

// Some of the picture stays where it can be grasped.
void PictureCanvas::keepInside() {
  const QSizeF shown = QSizeF(picture_->size()) * view_.scale;
  const auto kept = [](int offset, double shownSide, int side) {
    const int least = std::min(side / 2, 64);
    return std::clamp(offset, least - static_cast<int>(shownSide), side - least);
  };
  view_.offset = {kept(view_.offset.x(), shown.width(), width()),
                  kept(view_.offset.y(), shown.height(), height())};
}

void PictureCanvas::viewChanged() {
  emit zoomChanged(view_.scale);
  update();
}

void PictureCanvas::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().surface);
  if (!picture_) return;
  const bool complete = paintTiles(painter);
  paintResults(painter);
  paintPrompt(painter);
  if (hasFocus()) {
    painter.setPen(theme().accent);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
  }
  if (!complete) QTimer::singleShot(0, this, qOverload<>(&QWidget::update));
}

void PictureCanvas::paintResults(QPainter& painter) const {
  const auto paint = [&](const auto& layer, const auto& boxes) {
    if (layer) layer->paint(painter, view_, rect());
    paintBoxes(painter, boxes, view_, picture_->size());
  };
  if (!wipe_) return paint(layer_, boxes_);
  const int line = wipeLine();
  painter.setClipRect(QRect(0, 0, line, height()));
  paint(layer_, boxes_);
  painter.setClipRect(QRect(line, 0, width() - line, height()));
  paint(otherLayer_, otherBoxes_);
  painter.setClipping(false);
  painter.setPen(QPen(Qt::black, 3));
  painter.drawLine(line, 0, line, height());
  painter.setPen(QPen(Qt::white, 1));
  painter.drawLine(line, 0, line, height());
  painter.setBrush(Qt::white);
  painter.setPen(Qt::black);
  painter.drawRoundedRect(QRect(line - 5, height() / 2 - 14, 10, 28), 4, 4);
}

// False if some tiles are still rough.
bool PictureCanvas::paintTiles(QPainter& painter) {
  const QRect shown = QRectF(view_.offset, QSizeF(picture_->size()) * view_.scale).toAlignedRect();
  const QRect visible = shown.intersected(rect()).translated(-view_.offset);
  if (visible.isEmpty()) return true;
  if (tiles_.size() > kTilesKept) tiles_.clear();
  QElapsedTimer clock;
  clock.start();
  bool complete = true;
  for (int y = visible.top() / kTile; y <= visible.bottom() / kTile; ++y)
    for (int x = visible.left() / kTile; x <= visible.right() / kTile; ++x) {
      const QPoint at = view_.offset + QPoint(x * kTile, y * kTile);
      auto tile = tiles_.constFind(keyOf({x, y}));
      if (tile == tiles_.constEnd() && clock.elapsed() < kTileMilliseconds)
        tile = tiles_.insert(keyOf({x, y}), makeTile({x, y}));
      if (tile != tiles_.constEnd()) {
        painter.drawImage(at, *tile);
      } else {
        paintRough(painter, QRect(at, QSize(kTile, kTile)).intersected(shown));
        complete = false;
      }
    }
  return complete;
}

QImage PictureCanvas::makeTile(QPoint tile) const {
  const int wanted = view_.scale < 1 ? static_cast<int>(std::floor(-std::log2(view_.scale))) : 0;
  const auto last = static_cast<int>(picture_->levels.size()) - 1;
  const QImage& level = picture_->levels[static_cast<std::size_t>(std::min(wanted, last))];
  const QPointF scale(view_.scale * picture_->size().width() / level.width(),
                      view_.scale * picture_->size().height() / level.height());
  const QRectF shown(QPointF(), QSizeF(picture_->size()) * view_.scale);
  const QRect area(tile * kTile, QSize(kTile, kTile));
  QImage image(area.intersected(shown.toAlignedRect()).size(), QImage::Format_ARGB32_Premultiplied);
  image.fill(level.hasAlphaChannel() ? theme().raised : Qt::transparent);
  QPainter painter(&image);
  painter.setRenderHint(QPainter::SmoothPixmapTransform, view_.scale < kCrispZoom);
  drawLevel(painter, level, image.rect(), -QPointF(area.topLeft()), scale);
  return image;
}

void PictureCanvas::paintRough(QPainter& painter, const QRect& area) const {
  const double right = view_.scale < 1 ? std::floor(-std::log2(view_.scale)) : 0;
  const auto last = picture_->levels.size() - 1;
  const QImage& level =
      picture_->levels[std::min(static_cast<std::size_t>(right) + kRoughLevels, last)];
  const QPointF scale(view_.scale * picture_->size().width() / level.width(),
                      view_.scale * picture_->size().height() / level.height());
  painter.save();
  painter.setClipRect(area);
  drawLevel(painter, level, area, view_.offset, scale);
  painter.restore();
}

void PictureCanvas::paintPrompt(QPainter& painter) const {
  if (!pointing_ && !cross_) return;
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  constexpr double kRadius = 6;
  for (const SegmentPrompt::Point& point : prompt_.points) {
    const QPointF at = view_.toWidget(point.at);
    painter.setPen(QPen(Qt::white, 2));
    painter.setBrush(point.positive ? QColor(0x1f, 0x9d, 0x55) : QColor(0xd6, 0x3a, 0x3a));
    painter.drawEllipse(at, kRadius, kRadius);
    painter.setPen(QPen(Qt::white, 1.6));
    painter.drawLine(at - QPointF(3, 0), at + QPointF(3, 0));
    if (point.positive) painter.drawLine(at - QPointF(0, 3), at + QPointF(0, 3));
  }
  painter.setBrush(Qt::NoBrush);
  const auto dashed = [&](const QRectF& area) {
    painter.setPen(QPen(Qt::black, 2));
    painter.drawRect(area);
    painter.setPen(QPen(Qt::white, 2, Qt::DashLine));
    painter.drawRect(area);
  };
  if (prompt_.box)
    dashed({view_.toWidget(prompt_.box->topLeft()), view_.toWidget(prompt_.box->bottomRight())});
  if (band_) dashed(*band_);
  if (cross_) {
    const QPointF at = view_.toWidget(*cross_);
    for (const auto& [color, wide] :
         {std::pair{QColor(Qt::black), 3.0}, {QColor(Qt::white), 1.0}}) {
      painter.setPen(QPen(color, wide));
      painter.drawLine(at - QPointF(12, 0), at + QPointF(12, 0));
      painter.drawLine(at - QPointF(0, 12), at + QPointF(0, 12));
    }
  }
  painter.restore();
}

void PictureCanvas::resizeEvent(QResizeEvent*) {
  if (fitted_) fit();
}

void PictureCanvas::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) tiles_.clear();
  QWidget::changeEvent(event);
}

}  // namespace orrery::ui
