// What mouse and keyboard do to a PictureCanvas.
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/vision/picture_canvas.h"

namespace orrery::ui {
namespace {

constexpr double kZoomStep = 1.25;
constexpr int kMoveStep = 80;
constexpr int kDragPixels = 5;  // less is a click
constexpr int kCrossStep = 12;  // pixels of the widget
constexpr int kGrasp = 8;       // pixels beside the line that take hold of it
constexpr double kWipeStep = 0.02;

}  // namespace

void PictureCanvas::moveWipe(double wipe) {
  wipe_ = std::clamp(wipe, 0.0, 1.0);
  emit wiped(*wipe_);
  update();
}

void PictureCanvas::wheelEvent(QWheelEvent* event) {
  const double notches = event->angleDelta().y() / 120.0;
  setScale(view_.scale * std::pow(kZoomStep, notches), event->position());
  event->accept();
}

void PictureCanvas::mousePressEvent(QMouseEvent* event) {
  if (!picture_) return;
  pressedAt_ = lastAt_ = event->pos();
  wiping_ = wipe_ && event->button() == Qt::LeftButton &&
            std::abs(event->pos().x() - wipeLine()) < kGrasp;
  pressed_ = !wiping_ && pointing_ && !spaceHeld_ && event->button() == Qt::LeftButton;
  dragging_ = !wiping_ && !pressed_ &&
              (event->button() == Qt::LeftButton || event->button() == Qt::MiddleButton);
  updateCursor();
}

void PictureCanvas::mouseMoveEvent(QMouseEvent* event) {
  if (!picture_) return;
  if (dragging_) moveBy(event->pos() - lastAt_);
  if (wiping_) moveWipe(view_.toPicture(event->position()).x() / picture_->size().width());
  lastAt_ = event->pos();
  if (pressed_ && (band_ || (event->pos() - pressedAt_).manhattanLength() > kDragPixels)) {
    band_ = QRect(pressedAt_, event->pos()).normalized();
    update();
  }
  emit hovered(view_.toPicture(event->position()));
}

void PictureCanvas::mouseReleaseEvent(QMouseEvent* event) {
  const QRectF whole(QPointF(), QSizeF(picture_ ? picture_->size() : QSize()));
  if (pressed_ && band_) {
    const QRectF box(view_.toPicture(band_->topLeft()), view_.toPicture(band_->bottomRight()));
    if (!box.intersected(whole).isEmpty()) emit boxed(box.intersected(whole));
  } else if (pressed_) {
    const QPointF place = view_.toPicture(event->position());
    if (whole.contains(place)) emit pointed(place, !(event->modifiers() & Qt::ShiftModifier));
  }
  band_.reset();
  pressed_ = dragging_ = wiping_ = false;
  updateCursor();
  update();
}

bool PictureCanvas::keyZooms(int key) {
  switch (key) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      zoomBy(kZoomStep);
      return true;
    case Qt::Key_Minus:
      zoomBy(1 / kZoomStep);
      return true;
    case Qt::Key_0:
      fit();
      return true;
    case Qt::Key_BracketLeft:
    case Qt::Key_BracketRight:
      if (wipe_) moveWipe(*wipe_ + (key == Qt::Key_BracketLeft ? -kWipeStep : kWipeStep));
      return wipe_.has_value();
    case Qt::Key_1:
      actualSize();
      return true;
    default:
      return false;
  }
}

// The cross goes where the mouse would; while pointing, arrows bring it.
bool PictureCanvas::keyMovesCross(QKeyEvent* event) {
  if (event->modifiers() & Qt::ControlModifier) return false;
  const QPointF steps[] = {{-1, 0}, {0, -1}, {1, 0}, {0, 1}};  // as the keys are numbered
  const int arrow = event->key() - Qt::Key_Left;
  const bool moves = arrow >= 0 && arrow < 4 && (cross_ || pointing_);
  if (!moves && (cross_ || event->key() != Qt::Key_C)) return false;
  const QSizeF size = picture_->size();
  QPointF at = cross_.value_or(view_.toPicture(rect().center()));
  if (cross_) at += steps[arrow] * kCrossStep / view_.scale;
  cross_ = QPointF(std::clamp(at.x(), 0.0, size.width() - 1),
                   std::clamp(at.y(), 0.0, size.height() - 1));
  if (corner_)
    band_ = QRectF(view_.toWidget(*corner_), view_.toWidget(*cross_)).normalized().toRect();
  emit hovered(*cross_);
  update();
  return true;
}

void PictureCanvas::removeCross() {
  cross_.reset();
  corner_.reset();
  band_.reset();
  emit left();
  update();
}

// The first B sets a corner of a box, the second the one opposite.
void PictureCanvas::keySetsCorner() {
  if (!corner_) {
    corner_ = cross_;
    return;
  }
  const QRectF box = QRectF(*corner_, *cross_).normalized();
  corner_.reset();
  band_.reset();
  update();
  if (!box.isEmpty()) emit boxed(box);
}

bool PictureCanvas::keyPoints(QKeyEvent* event) {
  if (keyMovesCross(event)) return true;
  if (!cross_) return false;
  switch (event->key()) {
    case Qt::Key_C:
    case Qt::Key_Escape:
      removeCross();
      return true;
    case Qt::Key_B:
      if (pointing_) keySetsCorner();
      return pointing_;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (!pointing_ || (event->modifiers() & Qt::ControlModifier)) return false;
      emit pointed(*cross_, !(event->modifiers() & Qt::ShiftModifier));
      return true;
    default:
      return false;
  }
}

void PictureCanvas::keyPressEvent(QKeyEvent* event) {
  if (!picture_) return QWidget::keyPressEvent(event);
  if (event->key() == Qt::Key_Space) {
    spaceHeld_ = true;
    return updateCursor();
  }
  if (keyZooms(event->key()) || keyPoints(event)) return;
  const QPoint steps[] = {{kMoveStep, 0}, {0, kMoveStep}, {-kMoveStep, 0}, {0, -kMoveStep}};
  const int arrow = event->key() - Qt::Key_Left;
  if (arrow >= 0 && arrow < 4) return moveBy(steps[arrow]);
  QWidget::keyPressEvent(event);
}

void PictureCanvas::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() != Qt::Key_Space || event->isAutoRepeat())
    return QWidget::keyReleaseEvent(event);
  spaceHeld_ = false;
  updateCursor();
}

void PictureCanvas::leaveEvent(QEvent*) {
  emit left();
}

void PictureCanvas::updateCursor() {
  if (dragging_)
    setCursor(Qt::ClosedHandCursor);
  else if (spaceHeld_)
    setCursor(Qt::OpenHandCursor);
  else
    setCursor(pointing_ ? Qt::CrossCursor : Qt::ArrowCursor);
}

}  // namespace orrery::ui
