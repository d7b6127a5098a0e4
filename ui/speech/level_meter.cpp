#include "ui/speech/level_meter.h"

#include <QPainter>
#include <algorithm>

#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

constexpr double kLowest = -60;  // decibels
constexpr double kLoud = -6;     // from here on it may soon be cut

double part(double decibels) {
  return std::clamp(1 - decibels / kLowest, 0.0, 1.0);
}

}  // namespace

LevelMeter::LevelMeter(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setMinimumWidth(90);
}

void LevelMeter::setLevel(double decibels) {
  level_ = decibels;
  setAccessibleDescription(tr("%1 decibels").arg(decibels, 0, 'f', 0));
  update();
}

void LevelMeter::setThreshold(double decibels) {
  threshold_ = decibels;
  update();
}

void LevelMeter::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  const QRectF track(0, height() / 2.0 - 4, width(), 8);
  painter.setBrush(theme().raised);
  painter.drawRoundedRect(track, 4, 4);
  if (const double loud = part(level_); loud > 0) {
    painter.setBrush(level_ < threshold_ ? theme().muted
                     : level_ > kLoud    ? theme().warning
                                         : theme().accent);
    painter.drawRoundedRect(QRectF(track.topLeft(), QSizeF(loud * width(), 8)), 4, 4);
  }
  painter.setBrush(theme().text);
  painter.drawRect(QRectF(part(threshold_) * width() - 1, 0, 2, height()));
}

}  // namespace orrery::ui
