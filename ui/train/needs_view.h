#pragma once

#include <QFrame>

#include "core/protocol/train.h"

class QLabel;

namespace orrery::ui {

/// What a run will take, beside the button that starts it.
class NeedsView : public QFrame {
  Q_OBJECT

 public:
  explicit NeedsView(QWidget* parent = nullptr);

  void setNeeds(const protocol::MeasureTrainingResult& needs);
  /// The settings cannot be used; one sentence.
  void setProblem(const QString& problem);
  /// The figures are of settings that have changed since.
  void setStale();
  void setMeasuring(bool measuring);
  QString text() const;

 private:
  void showFigures(bool shown);

  QLabel* title_;
  QLabel* names_;
  QLabel* figures_;
  QLabel* problem_;
  bool known_ = false;
};

}  // namespace orrery::ui
