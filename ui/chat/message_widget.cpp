#include "ui/chat/message_widget.h"

#include <QApplication>
#include <QClipboard>
#include <QFileInfo>
#include <QFrame>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/chat/markdown_view.h"
#include "ui/widgets/picture_strip.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

template <class Widget>
Widget* MessageWidget::own(Widget* widget, const char* action, const QString& text) {
  return named(widget,
               qPrintable(QStringLiteral("chat.message%1.%2").arg(id_).arg(QLatin1String(action))),
               text);
}

MessageWidget::MessageWidget(qint64 message, Role role, QWidget* parent)
    : QWidget(parent), id_(message), role_(role) {
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  auto* frame = ofKind(new QFrame, role == Role::kUser ? "bubble" : "plain");
  outer->addWidget(frame);
  body_ = new QVBoxLayout(frame);
  body_->setContentsMargins(14, 8, 14, role == Role::kUser ? 12 : 4);
  body_->setSpacing(6);
  body_->addWidget(makeHeader());
  pictures_ = new PictureStrip(qPrintable(QStringLiteral("chat.message%1.picture").arg(id_)),
                               PictureStrip::Use::kShow);
  body_->addWidget(pictures_);
  view_ = own(new MarkdownView, "text", role == Role::kUser ? tr("Your message") : tr("Answer"));
  body_->addWidget(view_);
  figures_ = makeLabel({}, "small");
  figures_->hide();
  body_->addWidget(figures_);
  notice_ = makeNotice();
  body_->addWidget(notice_);
  connect(view_, &MarkdownView::tokenClicked, this,
          [this](int index, const QPoint& at) { emit tokenClicked(id_, index, at); });
}

QWidget* MessageWidget::makeHeader() {
  auto* header = new QWidget;
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(2);
  author_ = makeLabel(role_ == Role::kUser ? tr("You") : tr("Model"), "small");
  row->addWidget(author_);
  row->addStretch(1);
  previous_ =
      own(makeIconButton("left", tr("Version before"), ""), "previous", tr("Version before"));
  version_ = makeLabel({}, "small");
  next_ = own(makeIconButton("right", tr("Next version"), ""), "next", tr("Next version"));
  row->addWidget(previous_);
  row->addWidget(version_);
  row->addWidget(next_);
  copy_ = own(makeIconButton("copy", tr("Copy"), ""), "copy", tr("Copy"));
  edit_ = own(makeIconButton("edit", tr("Edit as a new version"), ""), "edit", tr("Edit"));
  row->addWidget(copy_);
  row->addWidget(edit_);
  if (role_ == Role::kAssistant) {
    retry_ = own(makeIconButton("retry", tr("Answer again"), ""), "regenerate", tr("Answer again"));
    row->addWidget(retry_);
    connect(retry_, &QToolButton::clicked, this, [this] { emit regenerateAsked(id_); });
  }
  connect(previous_, &QToolButton::clicked, this, [this] { step(-1); });
  connect(next_, &QToolButton::clicked, this, [this] { step(1); });
  connect(copy_, &QToolButton::clicked, this,
          [this] { QApplication::clipboard()->setText(text_); });
  connect(edit_, &QToolButton::clicked, this, &MessageWidget::beginEdit);
  return header;
}

QFrame* MessageWidget::makeNotice() {
  auto* notice = ofKind(new QFrame, "notice");
  auto* row = new QHBoxLayout(notice);
  row->setContentsMargins(12, 8, 8, 8);
  noticeText_ = makeLabel({}, "danger");
  noticeText_->setWordWrap(true);
  noticeText_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  row->addWidget(noticeText_, 1);
  again_ = own(new QPushButton(tr("Try again")), "restart",
               tr("Start the engine if it has ended, and answer again"));
  row->addWidget(again_);
  connect(again_, &QPushButton::clicked, this, [this] {
    emit restartAsked();
    emit regenerateAsked(id_);
  });
  notice->hide();
  return notice;
}

void MessageWidget::show(const ChatMessage& message, const std::vector<qint64>& versions,
                         bool tinted) {
  text_ = message.text;
  pictures_->setPictures(message.pictures);
  versions_ = versions;
  if (role_ == Role::kAssistant && !message.model.isEmpty())
    author_->setText(QFileInfo(message.model).completeBaseName());
  const bool several = versions.size() > 1;
  for (QWidget* widget : {static_cast<QWidget*>(previous_), static_cast<QWidget*>(version_),
                          static_cast<QWidget*>(next_)})
    widget->setVisible(several);
  const auto at = std::find(versions.begin(), versions.end(), id_) - versions.begin();
  version_->setText(QStringLiteral("%1/%2").arg(at + 1).arg(versions.size()));
  previous_->setEnabled(at > 0);
  next_->setEnabled(at + 1 < static_cast<std::ptrdiff_t>(versions.size()));
  if (tinted && !message.tokens.empty())
    view_->setTokens(message.tokens);
  else
    view_->setMarkdown(message.text);
  if (!editor_) view_->setVisible(!message.text.isEmpty());
  showFigures(message);
  noticeText_->setText(message.stats.error);
  notice_->setVisible(!message.stats.error.isEmpty());
}

void MessageWidget::showFigures(const ChatMessage& message) {
  const AnswerStats& s = message.stats;
  if (role_ == Role::kUser || s.tokens == 0) {
    figures_->setVisible(role_ == Role::kAssistant && s.error.isEmpty());
    figures_->setText(s.finishReason.isEmpty() ? tr("Reading the prompt…") : tr("No answer"));
    return;
  }
  QStringList parts{tokensText(s.tokens)};
  if (s.tokensPerSecond > 0) parts += tr("%1 tokens/s").arg(s.tokensPerSecond, 0, 'f', 1);
  if (s.firstTokenSeconds > 0) parts += tr("first after %1 s").arg(s.firstTokenSeconds, 0, 'f', 2);
  if (s.finishReason == QLatin1String("length")) parts += tr("ended at the length limit");
  if (s.finishReason == QLatin1String("stopped")) parts += tr("stopped");
  figures_->setText(parts.join(QStringLiteral("  \u00B7  ")));
  figures_->setVisible(true);
}

QList<QWidget*> MessageWidget::focusStops() const {
  QList<QWidget*> stops{previous_, next_, copy_, edit_};
  if (retry_) stops += retry_;
  return stops + QList<QWidget*>{view_, again_};
}

void MessageWidget::focusText() {
  view_->flush();
  view_->setFocus(Qt::TabFocusReason);
}

void MessageWidget::setBusy(bool busy, bool generatesThis) {
  edit_->setEnabled(!busy);
  if (retry_) retry_->setEnabled(!busy);
  if (busy) {
    previous_->setEnabled(false);
    next_->setEnabled(false);
  }
  if (!generatesThis) view_->flush();
}

void MessageWidget::step(int by) {
  const auto at = std::find(versions_.begin(), versions_.end(), id_) - versions_.begin() + by;
  if (at >= 0 && at < static_cast<std::ptrdiff_t>(versions_.size()))
    emit versionAsked(versions_[static_cast<std::size_t>(at)]);
}

void MessageWidget::beginEdit() {
  if (editor_) return;
  editor_ = new QWidget;
  auto* layout = new QVBoxLayout(editor_);
  layout->setContentsMargins(0, 0, 0, 0);
  draft_ = own(new QPlainTextEdit(text_), "draft", tr("New text of the message"));
  draft_->setTabChangesFocus(true);
  draft_->setMinimumHeight(96);
  layout->addWidget(draft_);
  auto* row = new QHBoxLayout;
  auto* cancel = own(new QPushButton(tr("Cancel")), "cancelEdit", tr("Cancel editing"));
  auto* save = ofKind(own(new QPushButton(role_ == Role::kUser ? tr("Send") : tr("Keep")),
                          "saveEdit", tr("Keep the new text")),
                      "primary");
  row->addStretch(1);
  row->addWidget(cancel);
  row->addWidget(save);
  layout->addLayout(row);
  body_->insertWidget(body_->indexOf(view_) + 1, editor_);
  view_->hide();
  draft_->setFocus();
  connect(cancel, &QPushButton::clicked, this, [this] { endEdit(false); });
  connect(save, &QPushButton::clicked, this, [this] { endEdit(true); });
}

void MessageWidget::endEdit(bool keep) {
  const QString text = draft_->toPlainText().trimmed();
  editor_->deleteLater();
  editor_ = nullptr;
  view_->show();
  const bool changed = text != text_ || pictures_->anyGone();
  if (keep && !text.isEmpty() && changed) emit edited(id_, text);
}

}  // namespace orrery::ui
