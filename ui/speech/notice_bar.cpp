#include "ui/speech/notice_bar.h"

#include <QHBoxLayout>
#include <QLabel>

#include "ui/widgets/widgets.h"

namespace orrery::ui {

NoticeBar::NoticeBar(const char* objectName, QWidget* parent) : QFrame(parent) {
  ofKind(this, "notice");
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(12, 6, 12, 6);
  label_ = named(makeLabel({}, "danger"), objectName, tr("What went wrong"));
  label_->setWordWrap(true);
  row->addWidget(label_, 1);
  hide();
}

void NoticeBar::tell(const QString& sentence) {
  label_->setText(sentence);
  setVisible(!sentence.isEmpty());
}

}  // namespace orrery::ui
