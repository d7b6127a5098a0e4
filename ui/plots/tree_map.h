#pragma once

#include <QString>
#include <QWidget>
#include <vector>

namespace orrery::ui {

/// One rectangle of a tree map.
struct TreeMapItem {
  QString label;
  QString detail;    ///< second line, and of the tooltip
  double value = 0;  ///< its area
  int group = 0;     ///< neighbours of one group have one colour
};

/// Places `values`, largest first, in `area` as rectangles of their sizes that are close to
/// squares. One rectangle for each value, in the order given.
std::vector<QRectF> squarified(const std::vector<double>& values, const QRectF& area);

/// Amounts as areas. The pointer, and the arrow keys, tell of each.
class TreeMap : public QWidget {
  Q_OBJECT

 public:
  explicit TreeMap(QWidget* parent = nullptr);

  /// Draws the largest of them; what is too small to be seen is left out, see hidden().
  void setItems(std::vector<TreeMapItem> items);
  /// Marks an item, -1 for none.
  void setCurrent(int item);
  int current() const { return current_; }
  std::size_t hidden() const { return hidden_; }
  QSize sizeHint() const override { return {300, 220}; }

 signals:
  void activated(int item);  ///< of setItems, by click or Enter

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;

 private:
  void place();
  int itemAt(const QPointF& position) const;

  std::vector<TreeMapItem> items_;
  std::vector<int> order_;      ///< of items, largest first
  std::vector<QRectF> places_;  ///< in that order
  std::size_t hidden_ = 0;      ///< items too small
  int current_ = -1;
};

}  // namespace orrery::ui
