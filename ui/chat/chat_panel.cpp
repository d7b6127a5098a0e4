#include "ui/chat/chat_panel.h"

#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <utility>

#include "core/protocol/text.h"
#include "ui/chat/composer.h"
#include "ui/chat/conversation_list.h"
#include "ui/chat/message_list.h"
#include "ui/engine/engine_pool.h"
#include "ui/library/library_model.h"
#include "ui/library/model_picker.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kCountMilliseconds = 300;
constexpr auto kModelKey = "chat/model";
constexpr auto kTintKey = "chat/tinted";

}  // namespace

ChatPanel::ChatPanel(Services& services, QWidget* parent)
    : Panel(parent), services_(services), session_(new ChatSession(services, this)) {
  ofKind(this, "page");
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  auto* splitter = new QSplitter;
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(3);
  conversations_ = new ConversationList(services.conversations, *session_);
  splitter->addWidget(conversations_);
  splitter->addWidget(makeConversation());
  splitter->setSizes({220, 1000});
  splitter->setStretchFactor(1, 1);
  layout->addWidget(splitter);
  count_.setSingleShot(true);
  count_.setInterval(kCountMilliseconds);
  connect(&count_, &QTimer::timeout, this, &ChatPanel::countTokens);
  connect(session_, &ChatSession::engineChanged, this, &ChatPanel::updateState);
  connect(session_, &ChatSession::busyChanged, this, &ChatPanel::updateState);
  connect(session_, &ChatSession::pathChanged, this, &ChatPanel::updateState);
  connect(session_, &ChatSession::opened, this, [this] {
    const QSignalBlocker quiet(system_);
    system_->setPlainText(session_->state().system);
    const QSignalBlocker quietPicker(picker_);
    picker_->setModel(session_->state().model);
    updateState();
  });
  connect(session_, &ChatSession::saveFailed, this, &ChatPanel::failed);
  connect(conversations_, &ConversationList::failed, this, &ChatPanel::failed);
  connect(&services.library, &LibraryModel::changed, this, [this] {
    if (session_->state().model.isEmpty() && !services_.library.models().empty())
      setModel(QString::fromStdString(services_.library.models().front().path));
  });
  const QString last = services.settings.value(kModelKey).toString();
  if (!last.isEmpty()) picker_->setModel(last);
  setTinted(services.settings.value(kTintKey).toBool());
  updateState();
}

QWidget* ChatPanel::makeHeader() {
  auto* header = new QWidget;
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(20, 12, 16, 8);
  row->setSpacing(8);
  picker_ = named(new ModelPicker(services_.library), "chat.model", tr("Model"));
  picker_->setMaximumWidth(340);
  picker_->setMinimumContentsLength(24);
  row->addWidget(picker_, 3);
  status_ = makeLabel({}, "muted");
  status_->setMinimumWidth(40);
  status_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  row->addWidget(status_, 2);
  systemToggle_ =
      makeIconButton("settings", tr("System prompt (Ctrl+Shift+S)"), "chat.systemToggle");
  systemToggle_->setText(tr("System prompt"));
  systemToggle_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  systemToggle_->setCheckable(true);
  tint_ = makeIconButton("tint", tr("Tint tokens by probability (Ctrl+T)"), "chat.tint");
  tint_->setText(tr("Tint"));
  tint_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  tint_->setCheckable(true);
  row->addWidget(systemToggle_);
  row->addWidget(tint_);
  connect(picker_, &ModelPicker::modelChosen, this, [this](const QString& model) {
    services_.settings.setValue(kModelKey, model);
    session_->setModel(model);
    if (std::exchange(sendLater_, false)) run();
  });
  connect(tint_, &QToolButton::toggled, this, &ChatPanel::setTinted);
  return header;
}

QWidget* ChatPanel::makeNotice() {
  auto* place = new QWidget;
  auto* outer = new QVBoxLayout(place);
  outer->setContentsMargins(20, 0, 16, 8);
  notice_ = ofKind(new QFrame, "notice");
  auto* row = new QHBoxLayout(notice_);
  row->setContentsMargins(12, 8, 8, 8);
  problem_ = makeLabel({}, "danger");
  problem_->setWordWrap(true);
  problem_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  row->addWidget(problem_, 1);
  restart_ = makeButton(tr("Start again"), "chat.restartEngine");
  row->addWidget(restart_);
  outer->addWidget(notice_);
  connect(restart_, &QPushButton::clicked, this, [this] {
    if (session_->engine()) session_->engine()->load();
  });
  return place;
}

QWidget* ChatPanel::makeConversation() {
  auto* side = ofKind(new QWidget, "page");
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(makeHeader());
  layout->addWidget(makeNotice());
  system_ = named(new QPlainTextEdit, "chat.system", tr("System prompt"));
  system_->setPlaceholderText(tr("System prompt: what the model is told before the conversation"));
  system_->setTabChangesFocus(true);
  system_->setFixedHeight(72);
  auto* systemRow = new QWidget;
  auto* systemLayout = new QVBoxLayout(systemRow);
  systemLayout->setContentsMargins(20, 0, 16, 8);
  systemLayout->addWidget(system_);
  systemRow->hide();
  layout->addWidget(systemRow);
  connect(systemToggle_, &QToolButton::toggled, systemRow, &QWidget::setVisible);
  connect(system_, &QPlainTextEdit::textChanged, this, [this] {
    session_->setSystem(system_->toPlainText());
    count_.start();
  });
  messages_ = named(new MessageList(*session_), "chat.messages", tr("Messages"));
  pages_ = new QStackedWidget;
  pages_->addWidget(messages_);
  pages_->addWidget(
      makeEmptyState("chat", tr("A new conversation"),
                     tr("Answers stream here. With tinted tokens (Ctrl+T), click a word to see "
                        "what else the model considered, and continue from there.")));
  layout->addWidget(pages_, 1);
  composer_ = new Composer;
  auto* below = new QHBoxLayout;
  below->setContentsMargins(20, 4, 16, 16);
  composer_->setMaximumWidth(860);
  below->addStretch(1);
  below->addWidget(composer_, 1000);
  below->addStretch(1);
  layout->addLayout(below);
  messages_->setFocusNeighbours(tint_, composer_->focusProxy());
  connect(composer_, &Composer::sendAsked, this, &ChatPanel::run);
  connect(composer_, &Composer::stopAsked, session_, &ChatSession::stop);
  composer_->takeDropsOn(this);
  connect(composer_, &Composer::textChanged, this, [this] { count_.start(); });
  connect(composer_, &Composer::picturesChanged, this, &ChatPanel::updateState);
  return side;
}

void ChatPanel::setModel(const QString& model) {
  picker_->setModel(model);
}
void ChatPanel::setPrompt(const QString& prompt) {
  composer_->setText(prompt);
}
void ChatPanel::attach(const QStringList& pictures) {
  composer_->attach(pictures);
}
void ChatPanel::focusSearch() {
  conversations_->focusSearch();
}
void ChatPanel::focusMain() {
  composer_->setFocus(Qt::OtherFocusReason);
}
void ChatPanel::toggleSystemPrompt() {
  systemToggle_->toggle();
}

void ChatPanel::focusLastAnswer() {
  messages_->focusLastAnswer();
}

void ChatPanel::setTinted(bool tinted) {
  services_.settings.setValue(kTintKey, tinted);
  const QSignalBlocker quiet(tint_);
  tint_->setChecked(tinted);
  messages_->setTinted(tinted);
}

void ChatPanel::run() {
  if (session_->busy()) return;
  if (!session_->engine()) {  // the library is still being read
    sendLater_ = true;
    return;
  }
  const QString text = composer_->text();
  if (!session_->pictureProblem(composer_->pictures()).isEmpty()) return updateState();
  const QStringList pictures = composer_->pictures();
  composer_->clear();
  session_->send(text, pictures);
}

void ChatPanel::countTokens() {
  ModelEngine* engine = session_->engine();
  if (!engine || engine->state() != ModelEngine::State::kReady || session_->busy()) return;
  const int limit = engine->info().contextLength;
  const auto failed = [this](const EngineError&) { composer_->setTokenCount(0, 0); };
  const protocol::Prompt prompt = session_->prompt(composer_->text());
  if (prompt.messages && prompt.messages->empty()) return composer_->setTokenCount(0, limit);
  if (prompt.messages) {
    protocol::RenderTemplateParams params;
    params.messages = *prompt.messages;
    engine->process().request<protocol::RenderTemplateParams>(
        params, this,
        [this, limit](const protocol::RenderTemplateResult& result) {
          composer_->setTokenCount(static_cast<int>(result.ids.size()), limit);
        },
        failed);
  } else {
    protocol::TokenizeParams params;
    params.text = prompt.text.value_or("");
    engine->process().request<protocol::TokenizeParams>(
        params, this,
        [this, limit](const protocol::TokenizeResult& result) {
          composer_->setTokenCount(static_cast<int>(result.ids.size()), limit);
        },
        failed);
  }
}

QString ChatPanel::engineText() const {
  const ModelEngine* engine = session_->engine();
  if (!engine)
    return services_.library.models().empty() ? tr("Add a model in the library first")
                                              : tr("Choose a model to begin");
  switch (engine->state()) {
    case ModelEngine::State::kLoading:
      return tr("Loading…");
    case ModelEngine::State::kFailed:
      return tr("Not running");
    case ModelEngine::State::kReady: {
      const protocol::ModelInfo& info = engine->info();
      QStringList facts;
      if (info.parameters > 0) facts += formatCount(static_cast<double>(info.parameters));
      if (!info.dtype.empty()) facts += QString::fromStdString(info.dtype);
      return facts.join(QStringLiteral(" \u00B7 "));
    }
    case ModelEngine::State::kIdle:
      break;
  }
  return tr("Not loaded");
}

void ChatPanel::updateState() {
  const ModelEngine* engine = session_->engine();
  const bool failed = engine && engine->state() == ModelEngine::State::kFailed;
  const bool idle = engine && engine->state() == ModelEngine::State::kIdle;
  status_->setText(engineText());
  status_->setToolTip(engine && engine->state() == ModelEngine::State::kReady
                          ? tr("Parameters and type of the weights, context of %1")
                                .arg(tokensText(engine->info().contextLength))
                          : status_->text());
  const auto path = session_->state().path();
  const bool toldBelow = failed && !path.empty() && path.back()->stats.error == engine->problem();
  notice_->parentWidget()->setVisible((failed || idle) && !toldBelow);
  problem_->setText(failed ? engine->problem() : tr("The model is not loaded."));
  restart_->setText(failed ? tr("Start again") : tr("Load"));
  composer_->setCanSend(engine != nullptr);
  composer_->setBusy(session_->busy());
  composer_->setProblem(session_->busy() ? QString()
                                         : session_->pictureProblem(composer_->pictures()));
  pages_->setCurrentIndex(session_->state().messages.empty() ? 1 : 0);
  count_.start();
}

}  // namespace orrery::ui
