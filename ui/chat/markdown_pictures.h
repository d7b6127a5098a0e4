#pragma once

#include <QHash>
#include <QImage>
#include <QPixmap>
#include <QTextObjectInterface>

#include "ui/chat/markdown_blocks.h"

namespace orrery::ui {

/// The pictures of a document, drawn within its lines and no wider than its text. Only what was
/// handed to it is drawn: it fetches nothing.
class MarkdownPictures : public QObject, public QTextObjectInterface {
  Q_OBJECT
  Q_INTERFACES(QTextObjectInterface)

 public:
  explicit MarkdownPictures(QTextDocument& document);

  void set(const QString& address, const QImage& image) { images_.insert(address, image); }
  void clear();
  bool has(const QString& address) const { return images_.contains(address); }
  bool isEmpty() const { return images_.isEmpty(); }

  /// Of the character that stands for the picture of `span`, which may take `share` of the width.
  QTextCharFormat format(const InlineSpan& span, double share) const;

  QSizeF intrinsicSize(QTextDocument* document, int position, const QTextFormat& format) override;
  void drawObject(QPainter* painter, const QRectF& place, QTextDocument* document, int position,
                  const QTextFormat& format) override;

 private:
  QHash<QString, QImage> images_;
  QHash<QString, QPixmap> scaled_;  ///< as last drawn
};

/// The size to draw a picture in: its own or the one wished (see InlineSpan), within `room`.
QSizeF pictureSize(const QSizeF& own, const QString& wish, double room);

}  // namespace orrery::ui
