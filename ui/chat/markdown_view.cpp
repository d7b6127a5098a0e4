#include "ui/chat/markdown_view.h"

#include <QAbstractTextDocumentLayout>
#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QElapsedTimer>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

#include "ui/chat/markdown_pictures.h"
#include "ui/chat/markdown_writer.h"
#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

constexpr int kFrameMilliseconds = 33;
constexpr double kCardRadius = 6;
constexpr int kTokenLineHeight = 135;
constexpr int kSlowFactor = 4;  // a frame that takes t is not followed by another within 4 t

}  // namespace

MarkdownView::MarkdownView(QWidget* parent)
    : QTextBrowser(parent), pictures_(new MarkdownPictures(*document())) {
  setProperty("kind", QStringLiteral("message"));
  setOpenLinks(false);
  setUndoRedoEnabled(false);
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setMouseTracking(true);
  viewport()->setMouseTracking(true);
  viewport()->setAutoFillBackground(false);
  document()->setDocumentMargin(0);
  frame_.setSingleShot(true);
  frame_.setInterval(kFrameMilliseconds);
  connect(&frame_, &QTimer::timeout, this, &MarkdownView::redraw);
  connect(this, &QTextBrowser::anchorClicked, this, &MarkdownView::followLink);
}

void MarkdownView::setMarkdown(const QString& text) {
  if (showsTokens_ || !text.startsWith(text_)) stale_ = true;
  if (!stale_ && text == text_) return;
  showsTokens_ = false;
  text_ = text;
  schedule();
}

void MarkdownView::setPicture(const QString& address, const QImage& image) {
  pictures_->set(address, image);
  stale_ = true;
  schedule();
}

void MarkdownView::clearPictures() {
  if (pictures_->isEmpty()) return;
  pictures_->clear();
  stale_ = true;
  schedule();
}

void MarkdownView::setTokens(const std::vector<ShownToken>& tokens) {
  const bool grown =
      showsTokens_ && tokens.size() >= tokens_.size() &&
      std::equal(tokens_.begin(), tokens_.end(), tokens.begin(),
                 [](const auto& a, const auto& b) { return a.id == b.id && a.text == b.text; });
  if (!grown) stale_ = true;
  if (grown && tokens.size() == tokens_.size() && !stale_) return;
  showsTokens_ = true;
  tokens_.insert(grown ? tokens_.end() : (tokens_.clear(), tokens_.end()),
                 tokens.begin() + (grown ? static_cast<std::ptrdiff_t>(tokens_.size()) : 0),
                 tokens.end());
  schedule();
}

void MarkdownView::schedule() {
  if (!frame_.isActive()) frame_.start();
}

void MarkdownView::flush() {
  frame_.stop();
  redraw();
}

void MarkdownView::redraw() {
  QElapsedTimer clock;
  clock.start();
  if (stale_) {
    clear();
    drawn_.clear();
    tokenEnds_.clear();
    stale_ = false;
  }
  if (showsTokens_)
    drawTokens();
  else
    drawMarkdown();
  fitHeight();
  frame_.setInterval(
      std::max<int>(kFrameMilliseconds, static_cast<int>(clock.elapsed()) * kSlowFactor));
}

void MarkdownView::drawMarkdown() {
  QTextCursor cursor(document());
  cursor.beginEditBlock();
  qsizetype from = 0;
  QString fence;
  if (!drawn_.empty()) {  // the last block may go on: it is drawn again
    from = drawn_.back().block.start;
    if (drawn_.back().block.kind == BlockKind::kCodeLine) fence = drawn_.back().block.fence;
    cursor.setPosition(drawn_.back().position);
    const QTextBlockFormat before = cursor.blockFormat();
    cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
    cursor.removeSelectedText();
    cursor.setBlockFormat(before);  // an empty block would take the format of what is removed
    drawn_.pop_back();
  }
  int codes = static_cast<int>(std::count_if(drawn_.begin(), drawn_.end(), [](const Drawn& d) {
    return d.block.kind == BlockKind::kCodeHead;
  }));
  for (MarkdownBlock& block : parseMarkdown(text_, from, fence)) {
    const MarkdownBlock* before = drawn_.empty() ? nullptr : &drawn_.back().block;
    if (block.kind == BlockKind::kCodeHead) ++codes;
    const int position = writeMarkdownBlock(cursor, block, before, codes - 1, *pictures_);
    drawn_.push_back({std::move(block), position});
  }
  cursor.endEditBlock();
}

int MarkdownView::insertToken(std::size_t index) {
  const ShownToken& token = tokens_[index];
  QTextCursor cursor(document());
  cursor.movePosition(QTextCursor::End);
  QTextCharFormat format;
  format.setForeground(theme().text);
  const QColor tint = theme().tint(std::exp(token.logprob));
  if (tint.alpha() > 0) format.setBackground(tint);
  if (token.forced) {
    format.setFontUnderline(true);
    format.setUnderlineColor(theme().accent);
  }
  if (static_cast<int>(index) == marked_) {
    QTextCharFormat mark;
    mark.setForeground(theme().danger);
    mark.setFontWeight(QFont::Bold);
    cursor.insertText(QStringLiteral("\u25BC"), mark);
  }
  // Each line is a block of its own: only the last one is laid out again while the text grows.
  const QStringList lines = token.text.split(QLatin1Char('\n'));
  for (qsizetype i = 0; i < lines.size(); ++i) {
    const bool last = i + 1 == lines.size();
    cursor.insertText(last ? lines[i] : lines[i] + QChar(0x21B5), format);
    if (!last) cursor.insertBlock();
  }
  return cursor.position();
}

void MarkdownView::drawTokens() {
  QTextCursor cursor(document());
  cursor.beginEditBlock();
  if (tokenEnds_.empty()) {
    QTextBlockFormat lines;
    lines.setLineHeight(kTokenLineHeight, QTextBlockFormat::ProportionalHeight);
    cursor.setBlockFormat(lines);
  }
  for (std::size_t i = tokenEnds_.size(); i < tokens_.size(); ++i)
    tokenEnds_.push_back(insertToken(i));
  cursor.endEditBlock();
}

void MarkdownView::highlightToken(int index) {
  if (index == highlighted_ || !showsTokens_) return;
  highlighted_ = index;
  QList<QTextEdit::ExtraSelection> selections;
  if (index >= 0 && index < static_cast<int>(tokenEnds_.size())) {
    const auto i = static_cast<std::size_t>(index);
    QTextEdit::ExtraSelection selection;
    selection.cursor = QTextCursor(document());
    selection.cursor.setPosition(i == 0 ? 0 : tokenEnds_[i - 1]);
    selection.cursor.setPosition(tokenEnds_[i], QTextCursor::KeepAnchor);
    selection.format.setBackground(theme().accent);
    selection.format.setForeground(theme().onAccent);
    selections.append(selection);
  }
  setExtraSelections(selections);
}

void MarkdownView::setMarkedToken(int index) {
  if (index == marked_) return;
  marked_ = index;
  if (!showsTokens_) return;
  stale_ = true;
  schedule();
}

int MarkdownView::tokenAt(const QPoint& position) const {
  if (!showsTokens_) return -1;
  const int at = document()->documentLayout()->hitTest(position, Qt::ExactHit);
  if (at < 0) return -1;
  const auto end = std::upper_bound(tokenEnds_.begin(), tokenEnds_.end(), at);
  return end == tokenEnds_.end() ? -1 : static_cast<int>(end - tokenEnds_.begin());
}

void MarkdownView::fitHeight() {
  document()->setTextWidth(viewport()->width());
  const bool endsInCode = codePart(document()->lastBlock()) != CodePart::kNone;
  const double height = document()->size().height() + (endsInCode ? kCodePadding : 0);
  const int wanted = static_cast<int>(std::ceil(height)) + 2;
  if (wanted != this->height()) setFixedHeight(wanted);
}

QSize MarkdownView::sizeHint() const {
  return {400, height()};
}
QSize MarkdownView::minimumSizeHint() const {
  return {80, 20};
}

void MarkdownView::followLink(const QUrl& link) {
  if (link.scheme() != QLatin1String("copy")) {
    QDesktopServices::openUrl(link);
    return;
  }
  int wanted = link.path().toInt() + 1;
  QStringList lines;
  for (const Drawn& d : drawn_) {
    if (d.block.kind == BlockKind::kCodeHead) --wanted;
    if (wanted == 0 && d.block.kind == BlockKind::kCodeLine) lines.append(d.block.text);
  }
  QApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

void MarkdownView::changeEvent(QEvent* event) {
  QTextBrowser::changeEvent(event);
  if (event->type() != QEvent::PaletteChange && event->type() != QEvent::FontChange) return;
  stale_ = true;
  schedule();
}

void MarkdownView::mouseReleaseEvent(QMouseEvent* event) {
  QTextBrowser::mouseReleaseEvent(event);
  const int token = tokenAt(event->pos());
  if (event->button() == Qt::LeftButton && token >= 0 && !textCursor().hasSelection())
    emit tokenClicked(token, event->globalPosition().toPoint());
}

void MarkdownView::mouseMoveEvent(QMouseEvent* event) {
  QTextBrowser::mouseMoveEvent(event);
  const int token = tokenAt(event->pos());
  if (showsTokens_) viewport()->setCursor(token >= 0 ? Qt::PointingHandCursor : Qt::IBeamCursor);
  if (token == hovered_) return;
  hovered_ = token;
  emit tokenHovered(token);
}

void MarkdownView::leaveEvent(QEvent* event) {
  QTextBrowser::leaveEvent(event);
  if (std::exchange(hovered_, -1) >= 0) emit tokenHovered(-1);
}

void MarkdownView::focusInEvent(QFocusEvent* event) {
  QTextBrowser::focusInEvent(event);
  const bool byKey =
      event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
  if (byKey && highlighted_ < 0) highlightToken(0);
}

void MarkdownView::keyPressEvent(QKeyEvent* event) {
  const int count = static_cast<int>(tokenEnds_.size());
  if (!showsTokens_ || count == 0) return QTextBrowser::keyPressEvent(event);
  const int step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
  if (step != 0) {
    highlightToken(std::clamp(highlighted_ + step, 0, count - 1));
    emit tokenHovered(highlighted_);
  } else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Space) &&
             highlighted_ >= 0) {
    QTextCursor cursor(document());
    cursor.setPosition(tokenEnds_[static_cast<std::size_t>(highlighted_)]);
    emit tokenClicked(highlighted_, viewport()->mapToGlobal(cursorRect(cursor).bottomLeft()));
  } else {
    QTextBrowser::keyPressEvent(event);
  }
}

void MarkdownView::resizeEvent(QResizeEvent* event) {
  QTextBrowser::resizeEvent(event);
  if (event->size().width() != event->oldSize().width()) fitHeight();
}

void MarkdownView::paintEvent(QPaintEvent* event) {
  QPainter painter(viewport());
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(theme().border);
  painter.setBrush(theme().raised);
  const auto* layout = document()->documentLayout();
  const double margin = document()->documentMargin();
  for (QTextBlock block = document()->begin(); block.isValid();) {
    if (codePart(block) == CodePart::kNone) {
      block = block.next();
      continue;
    }
    QRectF card = layout->blockBoundingRect(block);
    for (block = block.next(); codePart(block) == CodePart::kLine; block = block.next())
      card |= layout->blockBoundingRect(block);
    card = QRectF(margin + 0.5, card.top() - kCodePadding, viewport()->width() - 2 * margin - 1,
                  card.height() + 2 * kCodePadding);
    if (card.intersects(event->rect())) painter.drawRoundedRect(card, kCardRadius, kCardRadius);
  }
  painter.end();
  QTextBrowser::paintEvent(event);
}

void MarkdownView::wheelEvent(QWheelEvent* event) {
  event->ignore();
}

}  // namespace orrery::ui
