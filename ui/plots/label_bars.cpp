#include "ui/plots/label_bars.h"

#include <QPainter>
#include <QStringList>
#include <algorithm>

#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

constexpr int kBarHeight = 6;
constexpr int kGap = 12;
constexpr int kWidth = 240;

QString percent(double part) {
  return QStringLiteral("%1 %").arg(100 * part, 0, 'f', part < 0.1 ? 2 : 1);
}

}  // namespace

LabelBars::LabelBars(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void LabelBars::setData(std::vector<std::pair<QString, double>> bars) {
  bars_ = std::move(bars);
  QStringList spoken;
  for (const auto& [label, part] : bars_) spoken += label + QLatin1Char(' ') + percent(part);
  setAccessibleDescription(spoken.join(QStringLiteral(", ")));
  updateGeometry();
  update();
}

int LabelBars::rowHeight() const {
  return fontMetrics().height() + 4 + kBarHeight + kGap;
}

QSize LabelBars::sizeHint() const {
  return {kWidth, rowHeight() * static_cast<int>(bars_.size())};
}

void LabelBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const int line = fontMetrics().height();
  int top = 0;
  for (const auto& [label, part] : bars_) {
    const QString figure = percent(part);
    const int room = width() - fontMetrics().horizontalAdvance(figure) - 12;
    painter.setPen(theme().text);
    painter.drawText(QRect(0, top, room, line), Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(label, Qt::ElideRight, room));
    painter.setPen(theme().muted);
    painter.drawText(QRect(0, top, width(), line), Qt::AlignRight | Qt::AlignVCenter, figure);
    const QRectF track(0, top + line + 4, width(), kBarHeight);
    QRectF bar = track;
    bar.setWidth(std::max(2.0, track.width() * std::clamp(part, 0.0, 1.0)));
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme().raised);
    painter.drawRoundedRect(track, 3, 3);
    painter.setBrush(theme().accent);
    painter.drawRoundedRect(bar, 3, 3);
    top += rowHeight();
  }
}

}  // namespace orrery::ui
