#include "ui/speech/speech_panel.h"

#include <QButtonGroup>
#include <QLabel>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/speech/listen_page.h"
#include "ui/speech/speak_page.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr auto kViewKey = "speech/view";

}  // namespace

SpeechPanel::SpeechPanel(Services& services, QWidget* parent)
    : Panel(parent),
      services_(services),
      listen_(new ListenPage(services)),
      speak_(new SpeakPage(services)) {
  ofKind(this, "page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 16);
  layout->setSpacing(12);
  layout->addWidget(makeHead());
  pages_ = new QStackedWidget;
  pages_->addWidget(listen_);
  pages_->addWidget(speak_);
  layout->addWidget(pages_, 1);
  connect(switch_, &QButtonGroup::idClicked, this,
          [this](int view) { showView(static_cast<View>(view)); });
  auto* play = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Space), this, nullptr, nullptr,
                             Qt::WidgetWithChildrenShortcut);
  connect(play, &QShortcut::activated, this,
          [this] { view() == kListen ? listen_->play() : speak_->play(); });
  connect(listen_, &ListenPage::failed, this, &SpeechPanel::failed);
  connect(speak_, &SpeakPage::failed, this, &SpeechPanel::failed);
  showView(services.settings.value(kViewKey).toInt() == kSpeak ? kSpeak : kListen);
}

QWidget* SpeechPanel::makeHead() {
  auto* head = new QWidget;
  auto* row = new QHBoxLayout(head);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(makeLabel(tr("Speech"), "title"));
  row->addSpacing(12);
  switch_ = new QButtonGroup(this);
  const std::pair<QString, const char*> views[] = {{tr("Listen"), "speech.viewListen"},
                                                   {tr("Speak"), "speech.viewSpeak"}};
  for (const auto& [title, name] : views) {
    auto* button = ofKind(named(new QToolButton, name, title), "view");
    button->setText(title);
    button->setCheckable(true);
    button->setFocusPolicy(Qt::StrongFocus);
    switch_->addButton(button, static_cast<int>(switch_->buttons().size()));
    row->addWidget(button);
  }
  row->addStretch(1);
  row->addWidget(listen_->tools());
  row->addWidget(speak_->tools());
  return head;
}

std::optional<SpeechPanel::View> SpeechPanel::viewFor(const protocol::ModelEntry& model) {
  const std::string& name = model.architecture;
  const bool hears = name == "WhisperForConditionalGeneration" || name.ends_with("ForCTC") ||
                     name.ends_with("ForSpeechToText") || name == "SpeechEncoderDecoderModel";
  if (hears) return kListen;
  if (name == "VitsModel" || name.ends_with("ForTextToSpeech")) return kSpeak;
  return std::nullopt;
}

void SpeechPanel::showView(View view) {
  pages_->setCurrentIndex(view);
  switch_->button(view)->setChecked(true);
  listen_->tools()->setVisible(view == kListen);
  speak_->tools()->setVisible(view == kSpeak);
  services_.settings.setValue(kViewKey, static_cast<int>(view));
  if (isVisible()) focusMain();
}

SpeechPanel::View SpeechPanel::view() const {
  return static_cast<View>(pages_->currentIndex());
}

void SpeechPanel::setModel(const QString& model) {
  view() == kListen ? listen_->setModel(model) : speak_->setModel(model);
}

void SpeechPanel::setPrompt(const QString& text) {
  showView(kSpeak);
  speak_->setText(text);
}

bool SpeechPanel::takesFile(const QString& name) const {
  return isSoundName(name);
}

void SpeechPanel::openFile(const QString& file) {
  showView(kListen);
  listen_->openSound(file);
}

void SpeechPanel::openFiles(const QStringList& files) {
  for (const QString& file : files) openFile(file);
}

void SpeechPanel::run() {
  view() == kListen ? listen_->run() : speak_->run();
}

void SpeechPanel::stop() {
  listen_->stop();
  speak_->stop();
}

bool SpeechPanel::busy() const {
  return listen_->busy() || speak_->busy();
}

void SpeechPanel::focusMain() {
  view() == kListen ? listen_->focusMain() : speak_->focusMain();
}

}  // namespace orrery::ui
