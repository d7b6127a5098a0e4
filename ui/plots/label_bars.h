#pragma once

#include <QString>
#include <QWidget>
#include <utility>
#include <vector>

namespace orrery::ui {

/// Labels with their probabilities, each with a bar below it, in the order given.
class LabelBars : public QWidget {
  Q_OBJECT

 public:
  explicit LabelBars(QWidget* parent = nullptr);

  void setData(std::vector<std::pair<QString, double>> bars);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  int rowHeight() const;

  std::vector<std::pair<QString, double>> bars_;
};

}  // namespace orrery::ui
