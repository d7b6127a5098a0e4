#include "ui/plots/tree_map.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <numeric>

#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

constexpr std::size_t kMostShown = 400;
constexpr double kSmallestPart = 0.0002;  // of the whole area

double worstRatio(double sum, double smallest, double largest, double side) {
  const double square = side * side;
  return std::max(square * largest / (sum * sum), sum * sum / (square * smallest));
}

// Lays out the row `first` to `last` along the shorter side of `area`, which shrinks by it.
void placeRow(const std::vector<double>& areas, std::size_t first, std::size_t last, QRectF& area,
              std::vector<QRectF>& places) {
  double sum = 0;
  for (std::size_t i = first; i < last; ++i) sum += areas[i];
  const bool upright = area.width() >= area.height();  // the row stands at the left
  const double side = upright ? area.height() : area.width();
  const double thick = side > 0 ? sum / side : 0;
  double at = upright ? area.top() : area.left();
  for (std::size_t i = first; i < last; ++i) {
    const double length = thick > 0 ? areas[i] / thick : 0;
    places.push_back(upright ? QRectF(area.left(), at, thick, length)
                             : QRectF(at, area.top(), length, thick));
    at += length;
  }
  if (upright)
    area.setLeft(std::min(area.left() + thick, area.right()));
  else
    area.setTop(std::min(area.top() + thick, area.bottom()));
}

}  // namespace

std::vector<QRectF> squarified(const std::vector<double>& values, const QRectF& area) {
  std::vector<QRectF> places;
  const double whole = std::accumulate(values.begin(), values.end(), 0.0);
  if (whole <= 0) return std::vector<QRectF>(values.size());
  std::vector<double> areas;
  for (const double value : values)
    areas.push_back(std::max(value, whole * 1e-9) / whole * area.width() * area.height());
  QRectF rest = area;
  std::size_t first = 0;
  while (first < areas.size()) {
    const double side = std::min(rest.width(), rest.height());
    double sum = areas[first];
    std::size_t last = first + 1;
    while (last < areas.size() && worstRatio(sum + areas[last], areas[last], areas[first], side) <=
                                      worstRatio(sum, areas[last - 1], areas[first], side))
      sum += areas[last++];
    placeRow(areas, first, last, rest, places);
    first = last;
  }
  return places;
}

TreeMap::TreeMap(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMinimumHeight(120);
}

void TreeMap::setItems(std::vector<TreeMapItem> items) {
  items_ = std::move(items);
  current_ = -1;
  double whole = 0;
  for (const TreeMapItem& item : items_) whole += item.value;
  order_.resize(items_.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(), [this](int a, int b) {
    return items_[static_cast<std::size_t>(a)].value > items_[static_cast<std::size_t>(b)].value;
  });
  std::size_t shown = std::min(order_.size(), kMostShown);
  while (shown > 1 &&
         items_[static_cast<std::size_t>(order_[shown - 1])].value < whole * kSmallestPart)
    --shown;
  hidden_ = order_.size() - shown;
  order_.resize(shown);
  place();
  update();
}

void TreeMap::place() {
  std::vector<double> values;
  for (const int item : order_) values.push_back(items_[static_cast<std::size_t>(item)].value);
  places_ = squarified(values, QRectF(rect()).adjusted(1, 1, -1, -1));
}

int TreeMap::itemAt(const QPointF& position) const {
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (places_[i].contains(position)) return order_[i];
  return -1;
}

void TreeMap::setCurrent(int item) {
  if (item == current_) return;
  current_ = item;
  if (item >= 0) {
    const TreeMapItem& shown = items_[static_cast<std::size_t>(item)];
    setAccessibleDescription(shown.label + QStringLiteral(", ") + shown.detail);
  }
  update();
}

void TreeMap::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const int line = fontMetrics().height();
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const TreeMapItem& item = items_[static_cast<std::size_t>(order_[i])];
    const QRectF box = places_[i].adjusted(0.75, 0.75, -0.75, -0.75);
    QColor fill = theme().series(item.group);
    fill.setAlphaF(theme().dark ? 0.34f : 0.22f);
    const bool marked = order_[i] == current_;
    painter.setPen(marked ? QPen(theme().accent, 2) : Qt::NoPen);
    painter.setBrush(fill);
    painter.drawRoundedRect(box, 3, 3);
    const QRectF text = box.adjusted(7, 4, -6, -4);
    if (text.width() < 44 || text.height() < line) continue;
    painter.setPen(theme().text);
    painter.drawText(
        QRectF(text.left(), text.top(), text.width(), line), Qt::AlignLeft | Qt::AlignVCenter,
        fontMetrics().elidedText(item.label, Qt::ElideMiddle, static_cast<int>(text.width())));
    if (text.height() < 2 * line) continue;
    painter.setPen(theme().muted);
    painter.drawText(
        QRectF(text.left(), text.top() + line, text.width(), line),
        Qt::AlignLeft | Qt::AlignVCenter,
        fontMetrics().elidedText(item.detail, Qt::ElideRight, static_cast<int>(text.width())));
  }
}

bool TreeMap::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const int item = itemAt(help->pos());
  if (item < 0) {
    QToolTip::hideText();
    return true;
  }
  const TreeMapItem& shown = items_[static_cast<std::size_t>(item)];
  QToolTip::showText(help->globalPos(), shown.label + QLatin1Char('\n') + shown.detail, this);
  return true;
}

void TreeMap::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  place();
}

void TreeMap::keyPressEvent(QKeyEvent* event) {
  const auto at = std::find(order_.begin(), order_.end(), current_);
  const bool forward = event->key() == Qt::Key_Right || event->key() == Qt::Key_Down;
  const bool back = event->key() == Qt::Key_Left || event->key() == Qt::Key_Up;
  if (order_.empty() || (!forward && !back)) {
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && current_ >= 0)
      emit activated(current_);
    else
      QWidget::keyPressEvent(event);
    return;
  }
  if (at == order_.end()) return setCurrent(order_.front());
  if (forward && at + 1 != order_.end()) setCurrent(*(at + 1));
  if (back && at != order_.begin()) setCurrent(*(at - 1));
}

void TreeMap::mousePressEvent(QMouseEvent* event) {
  const int item = itemAt(event->position());
  setCurrent(item);
  if (item >= 0 && event->button() == Qt::LeftButton) emit activated(item);
}

void TreeMap::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  if (current_ < 0 && !order_.empty() && event->reason() != Qt::MouseFocusReason)
    setCurrent(order_.front());
}

}  // namespace orrery::ui
