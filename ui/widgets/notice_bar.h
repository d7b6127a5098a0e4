#pragma once

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace orrery::ui {

/// One sentence about what went wrong, which takes no room while there is none.
class NoticeBar : public QFrame {
  Q_OBJECT

 public:
  explicit NoticeBar(const char* objectName, QWidget* parent = nullptr);

  /// A way out beside the sentence, hidden until it is shown.
  QPushButton* addButton(const QString& text, const char* objectName);
  void tell(const QString& sentence);

 private:
  QHBoxLayout* row_;
  QLabel* label_;
};

}  // namespace orrery::ui
