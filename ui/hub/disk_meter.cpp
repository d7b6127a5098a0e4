#include "ui/hub/disk_meter.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "ui/shell/theme.h"

namespace orrery::ui {

DiskMeter::DiskMeter(QWidget* parent) : QWidget(parent) {
  setFixedHeight(12);
}

void DiskMeter::set(double cacheBytes, double freeBytes, double diskBytes) {
  cache_ = cacheBytes;
  free_ = freeBytes;
  disk_ = diskBytes;
  update();
}

void DiskMeter::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  QPainterPath frame;
  frame.addRoundedRect(QRectF(rect()), 4, 4);
  painter.setClipPath(frame);
  painter.fillRect(rect(), theme().raised);
  if (disk_ <= 0) return;
  const double used = std::max(0.0, disk_ - free_);
  const double scale = width() / disk_;
  painter.fillRect(QRectF(0, 0, used * scale, height()), theme().border);
  if (cache_ > 0)
    painter.fillRect(QRectF(0, 0, std::max(2.0, std::min(cache_, used) * scale), height()),
                     theme().accent);
}

}  // namespace orrery::ui
