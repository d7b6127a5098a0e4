#pragma once

#include <QFrame>

class QLabel;

namespace orrery::ui {

/// One sentence about what went wrong, which takes no room while there is none.
class NoticeBar : public QFrame {
  Q_OBJECT

 public:
  explicit NoticeBar(const char* objectName, QWidget* parent = nullptr);

  void tell(const QString& sentence);

 private:
  QLabel* label_;
};

}  // namespace orrery::ui
