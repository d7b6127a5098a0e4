#include "ui/speech/speech_panel.h"

#include <QLabel>
#include <QVBoxLayout>

#include "ui/widgets/widgets.h"

namespace orrery::ui {

SpeechPanel::SpeechPanel(Services& services, QWidget* parent)
    : Panel(parent), listen_(new ListenPage(services)) {
  ofKind(this, "page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 16);
  layout->setSpacing(12);
  auto* head = new QHBoxLayout;
  head->setSpacing(8);
  head->addWidget(makeLabel(tr("Speech"), "title"));
  head->addStretch(1);
  head->addWidget(listen_->tools());
  layout->addLayout(head);
  layout->addWidget(listen_, 1);
  connect(listen_, &ListenPage::failed, this, &SpeechPanel::failed);
}

void SpeechPanel::openFiles(const QStringList& files) {
  for (const QString& file : files) openFile(file);
}

}  // namespace orrery::ui
