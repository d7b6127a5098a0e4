#include "ui/chat/message_list.h"

#include <QPushButton>
#include <QScrollBar>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/chat/chat_session.h"
#include "ui/chat/message_widget.h"
#include "ui/engine/engine_pool.h"
#include "ui/widgets/token_popup.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr std::size_t kPage = 30;
constexpr int kColumnWidth = 820;

}  // namespace

MessageList::MessageList(ChatSession& session, QWidget* parent)
    : QScrollArea(parent), session_(session), limit_(kPage) {
  setWidgetResizable(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::NoFocus);
  auto* page = ofKind(new QWidget, "page");
  auto* outer = new QHBoxLayout(page);
  outer->setContentsMargins(20, 16, 20, 8);
  auto* column = new QWidget;
  column->setMaximumWidth(kColumnWidth);
  outer->addStretch(1);
  outer->addWidget(column, 1000);
  outer->addStretch(1);
  layout_ = new QVBoxLayout(column);
  layout_->setContentsMargins(0, 0, 0, 0);
  layout_->setSpacing(14);
  earlier_ = makeButton(tr("Show earlier messages"), "chat.earlier", "flat");
  layout_->addWidget(earlier_, 0, Qt::AlignHCenter);
  layout_->addStretch(1);
  setWidget(page);
  connect(earlier_, &QPushButton::clicked, this, [this] {
    limit_ += kPage;
    atEnd_ = false;
    showPath();
  });
  connect(&session_, &ChatSession::opened, this, [this] {
    limit_ = kPage;
    atEnd_ = true;
    qDeleteAll(std::exchange(widgets_, {}));
    showPath();
  });
  connect(&session_, &ChatSession::pathChanged, this, [this] {
    atEnd_ = true;
    showPath();
  });
  connect(&session_, &ChatSession::messageChanged, this, &MessageList::refresh);
  connect(&session_, &ChatSession::busyChanged, this, &MessageList::updateBusy);
  auto* bar = verticalScrollBar();
  connect(bar, &QScrollBar::rangeChanged, this, &MessageList::keepAtEnd);
  connect(bar, &QScrollBar::actionTriggered, this,
          [this, bar] { atEnd_ = bar->sliderPosition() >= bar->maximum() - 4; });
  connect(bar, &QScrollBar::valueChanged, this, [this, bar](int value) {
    if (value < bar->maximum() - 4 && bar->isSliderDown()) atEnd_ = false;
    if (value >= bar->maximum() - 4) atEnd_ = true;
  });
  showPath();
}

void MessageList::keepAtEnd() {
  if (atEnd_) verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void MessageList::setFocusNeighbours(QWidget* before, QWidget* after) {
  before_ = before;
  after_ = after;
  chainFocus();
}

// Messages come and go, but the keyboard walks them in the order in which they are read.
void MessageList::chainFocus() {
  if (!before_) return;
  QWidget* previous = before_;
  const auto add = [&previous](QWidget* next) {
    QWidget::setTabOrder(previous, next);
    previous = next;
  };
  add(earlier_);
  for (const ChatMessage* message : session_.state().path())
    if (MessageWidget* widget = widgets_.value(message->id))
      for (QWidget* stop : widget->focusStops()) add(stop);
  add(after_);
}

void MessageList::focusLastAnswer() {
  const auto path = session_.state().path();
  for (auto at = path.rbegin(); at != path.rend(); ++at)
    if ((*at)->role == Role::kAssistant && widgets_.contains((*at)->id)) {
      widgets_.value((*at)->id)->focusText();
      ensureWidgetVisible(widgets_.value((*at)->id));
      return;
    }
}

void MessageList::setTinted(bool tinted) {
  tinted_ = tinted;
  showPath();
}

MessageWidget* MessageList::makeMessage(const ChatMessage& message) {
  auto* widget = new MessageWidget(message.id, message.role);
  connect(widget, &MessageWidget::edited, &session_, &ChatSession::edit);
  connect(widget, &MessageWidget::regenerateAsked, &session_, &ChatSession::regenerate);
  connect(widget, &MessageWidget::versionAsked, &session_, &ChatSession::showVersion);
  connect(widget, &MessageWidget::tokenClicked, this, &MessageList::openAlternatives);
  connect(widget, &MessageWidget::restartAsked, this, [this] {
    if (session_.engine()) session_.engine()->load();
  });
  return widget;
}

void MessageList::showPath() {
  const auto path = session_.state().path();
  const std::size_t first = path.size() > limit_ ? path.size() - limit_ : 0;
  earlier_->setVisible(first > 0);
  QHash<qint64, MessageWidget*> kept;
  int place = 1;
  for (std::size_t i = first; i < path.size(); ++i, ++place) {
    MessageWidget* widget = widgets_.take(path[i]->id);
    if (!widget) widget = makeMessage(*path[i]);
    if (layout_->indexOf(widget) != place) {
      layout_->removeWidget(widget);
      layout_->insertWidget(place, widget);
    }
    widget->show(*path[i], session_.state().versions(path[i]->id), tinted_);
    kept.insert(path[i]->id, widget);
  }
  for (MessageWidget* gone : std::as_const(widgets_)) {
    layout_->removeWidget(gone);
    gone->hide();
    gone->deleteLater();
  }
  widgets_ = kept;
  chainFocus();
  updateBusy();
}

void MessageList::refresh(qint64 message) {
  MessageWidget* widget = widgets_.value(message);
  const ChatMessage* shown = session_.state().find(message);
  if (widget && shown) widget->show(*shown, session_.state().versions(message), tinted_);
}

void MessageList::updateBusy() {
  const bool busy = session_.busy();
  for (MessageWidget* widget : widgets_)
    widget->setBusy(busy, busy && widget->messageId() == session_.state().leaf);
}

void MessageList::openAlternatives(qint64 message, int index, const QPoint& at) {
  const ChatMessage* answer = session_.state().find(message);
  if (!answer || index < 0 || index >= static_cast<int>(answer->tokens.size())) return;
  const auto place = static_cast<std::size_t>(index);
  auto* popup = new TokenPopup(answer->tokens[place], at, this);
  session_.setInspected(message, place);
  connect(popup, &TokenPopup::chosen, this, [this, message, place](const Alternative& choice) {
    session_.continueFrom(message, place, choice);
  });
  popup->show();
}

}  // namespace orrery::ui
