#pragma once

#include <QTextBrowser>
#include <QTimer>
#include <vector>

#include "ui/chat/chat_state.h"
#include "ui/chat/markdown_blocks.h"

namespace orrery::ui {

class MarkdownPictures;

/// A text that grows: shows Markdown, or the tokens it was made of, tinted by their probability.
/// Draws at most some thirty times a second and only what changed at the end, so that a long answer
/// costs no more per token than a short one. As high as its text; never scrolls itself.
class MarkdownView : public QTextBrowser {
  Q_OBJECT

 public:
  explicit MarkdownView(QWidget* parent = nullptr);

  /// The text as it is now. If it begins with the one before, only the difference is drawn, soon.
  void setMarkdown(const QString& text);
  /// Draws this picture wherever the text names its address, from now on.
  void setPicture(const QString& address, const QImage& image);
  void clearPictures();
  /// The same for tokens; each is a link that emits tokenClicked.
  void setTokens(const std::vector<ShownToken>& tokens);
  /// Marks token `index` (-1: none), with setTokens only.
  void highlightToken(int index);
  /// A line is drawn in front of this token (-1: none), with setTokens only.
  void setMarkedToken(int index);
  /// Draws at once what waits for the next frame.
  void flush();

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void tokenClicked(int index, const QPoint& globalPosition);
  void tokenHovered(int index);  ///< -1 when the pointer leaves the tokens

 protected:
  void changeEvent(QEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void paintEvent(QPaintEvent* event) override;  ///< code blocks on cards, then the text

 private:
  struct Drawn {
    MarkdownBlock block;
    int position;  ///< in the document where it begins
  };

  void schedule();
  void redraw();
  void drawMarkdown();
  void drawTokens();
  int insertToken(std::size_t index);
  int tokenAt(const QPoint& position) const;
  void fitHeight();
  void followLink(const QUrl& link);

  MarkdownPictures* pictures_;
  QString text_;
  std::vector<ShownToken> tokens_;
  std::vector<int> tokenEnds_;  ///< document position behind each drawn token
  std::vector<Drawn> drawn_;
  bool showsTokens_ = false;
  bool stale_ = true;  ///< everything must be drawn anew
  int highlighted_ = -1;
  int marked_ = -1;
  int hovered_ = -1;
  QTimer frame_;
};

}  // namespace orrery::ui
