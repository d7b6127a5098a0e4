#include "ui/widgets/notice_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include "ui/widgets/widgets.h"

namespace orrery::ui {

NoticeBar::NoticeBar(const char* objectName, QWidget* parent) : QFrame(parent) {
  ofKind(this, "notice");
  row_ = new QHBoxLayout(this);
  row_->setContentsMargins(12, 6, 12, 6);
  label_ = named(makeLabel({}, "danger"), objectName, tr("What went wrong"));
  label_->setWordWrap(true);
  label_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);  // a word may be long
  row_->addWidget(label_, 1);
  hide();
}

QPushButton* NoticeBar::addButton(const QString& text, const char* objectName) {
  auto* button = makeButton(text, objectName);
  row_->addWidget(button);
  button->hide();
  return button;
}

void NoticeBar::tell(const QString& sentence) {
  label_->setText(sentence);
  setVisible(!sentence.isEmpty());
}

}  // namespace orrery::ui
