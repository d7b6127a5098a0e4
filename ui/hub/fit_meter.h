#pragma once

#include <QWidget>
#include <vector>

#include "core/protocol/library.h"

class QComboBox;
class QLabel;
class QSlider;

namespace orrery::ui {

/// What a model takes at a context of that length: between the lengths that the engine reckoned,
/// in proportion. An empty estimate for an empty list.
protocol::MemoryEstimate estimateAt(const std::vector<protocol::MemoryEstimate>& contexts,
                                    int tokens);

/// Whether a model fits this machine: a bar of what it takes beside what is free, which follows a
/// slider for the length of the context and a choice of precision.
class FitMeter : public QWidget {
  Q_OBJECT

 public:
  explicit FitMeter(QWidget* parent = nullptr);

  void setData(const std::vector<protocol::PrecisionMemory>& precisions, int contextLength,
               std::int64_t availableBytes, std::int64_t longestContext);
  void clear(const QString& reason);

  int tokens() const;
  protocol::MemoryEstimate shown() const;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  class Bar;

  void refresh();
  void showVerdict(const QString& text, const QColor& color);

  std::vector<protocol::PrecisionMemory> precisions_;
  std::int64_t available_ = 0;
  std::int64_t longest_ = 0;
  int contextLength_ = 0;
  QLabel* verdict_;
  Bar* bar_;
  QSlider* slider_;
  QLabel* length_;
  QComboBox* precision_;
  QLabel* legend_;
  QWidget* controls_;
};

}  // namespace orrery::ui
