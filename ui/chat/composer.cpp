#include "ui/chat/composer.h"

#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/widgets/icons.h"
#include "ui/widgets/picture_strip.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kLinesAtMost = 8;

}  // namespace

Composer::Composer(QWidget* parent) : QFrame(parent) {
  ofKind(this, "card");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 8, 8, 8);
  layout->setSpacing(4);
  pictures_ = new PictureStrip("chat.picture", PictureStrip::Use::kChange);
  layout->addWidget(pictures_);
  problem_ = named(makeLabel({}, "danger"), "chat.pictureProblem", tr("Why this cannot be sent"));
  problem_->setWordWrap(true);
  problem_->hide();
  layout->addWidget(problem_);
  edit_ = ofKind(named(new QPlainTextEdit, "chat.prompt", tr("Message")), "composer");
  edit_->setPlaceholderText(tr("Ask something. Enter sends, Shift+Enter begins a new line."));
  edit_->setTabChangesFocus(true);
  edit_->installEventFilter(this);
  pictures_->serve(edit_);
  showFocusOnCard(edit_, this);
  layout->addWidget(edit_);
  auto* row = new QHBoxLayout;
  auto* attach = makeIconButton("vision", tr("Attach pictures"), "chat.attach");
  row->addWidget(attach);
  connect(attach, &QToolButton::clicked, pictures_, &PictureStrip::askForFiles);
  connect(pictures_, &PictureStrip::changed, this, [this] {
    updateActions();
    emit picturesChanged();
  });
  counter_ = makeLabel({}, "small");
  row->addWidget(counter_);
  row->addStretch(1);
  send_ = makeIconButton("send", tr("Send"), "chat.send");
  send_->setIconSize(QSize(18, 18));
  row->addWidget(send_);
  layout->addLayout(row);
  connect(edit_, &QPlainTextEdit::textChanged, this, [this] {
    fitHeight();
    updateActions();
    emit textChanged();
  });
  connect(send_, &QToolButton::clicked, this, [this] {
    if (busy_)
      emit stopAsked();
    else
      emit sendAsked();
  });
  setFocusProxy(edit_);
  fitHeight();
  updateActions();
}

QString Composer::text() const {
  return edit_->toPlainText();
}

void Composer::setText(const QString& text) {
  edit_->setPlainText(text);
  edit_->moveCursor(QTextCursor::End);
}

const QStringList& Composer::pictures() const {
  return pictures_->pictures();
}

void Composer::attach(const QStringList& pictures) {
  pictures_->add(pictures);
}

void Composer::takeDropsOn(QWidget* area) {
  pictures_->takeDropsOn(area);
}

void Composer::clear() {
  pictures_->setPictures({});
  edit_->clear();
  setProblem({});
}

void Composer::setBusy(bool busy) {
  if (busy == busy_) return;
  busy_ = busy;
  setThemedIcon(send_, busy ? "stop" : "send");
  send_->setToolTip(busy ? tr("Stop (Esc)") : tr("Send"));
  send_->setAccessibleName(busy ? tr("Stop") : tr("Send"));
  updateActions();
}

void Composer::setCanSend(bool can) {
  canSend_ = can;
  updateActions();
}

void Composer::setProblem(const QString& problem) {
  problem_->setText(problem);
  problem_->setVisible(!problem.isEmpty());
  updateActions();
}

void Composer::setTokenCount(int tokens, int limit) {
  const QLocale locale;
  const bool over = limit > 0 && tokens > limit;
  if (tokens <= 0)
    counter_->clear();
  else if (limit <= 0)
    counter_->setText(tokensText(tokens));
  else
    counter_->setText(tr("%1 of %2 tokens%3")
                          .arg(locale.toString(tokens), locale.toString(limit),
                               over ? tr(", more than the model can read") : QString()));
  ofKind(counter_, over ? "danger" : "small");
  style()->unpolish(counter_);
  style()->polish(counter_);
}

bool Composer::eventFilter(QObject* watched, QEvent* event) {
  if (watched == edit_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (enter && !(key->modifiers() & Qt::ShiftModifier)) {
      if (send_->isEnabled() && !busy_) emit sendAsked();
      return true;
    }
    if (key->key() == Qt::Key_Escape && busy_) {
      emit stopAsked();
      return true;
    }
  }
  return QFrame::eventFilter(watched, event);
}

void Composer::updateActions() {
  const bool asks = !text().trimmed().isEmpty() || !pictures().isEmpty();
  send_->setEnabled(busy_ || (canSend_ && asks && problem_->text().isEmpty()));
}

void Composer::fitHeight() {
  const int lines = std::clamp(edit_->document()->lineCount(), 1, kLinesAtMost);
  edit_->setFixedHeight(lines * edit_->fontMetrics().lineSpacing() + 18);
}

}  // namespace orrery::ui
