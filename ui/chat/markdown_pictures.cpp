#include "ui/chat/markdown_pictures.h"

#include <QAbstractTextDocumentLayout>
#include <QPainter>
#include <QTextBlock>
#include <algorithm>

namespace orrery::ui {
namespace {

enum Property { kAddress = QTextFormat::UserProperty + 10, kWish, kShare };
constexpr int kPictureObject = QTextFormat::UserObject + 1;
constexpr double kSmallestRoom = 40;  // pixels

// "300" or "60%" of `room`; 0 if it is neither.
double lengthOf(const QString& text, double room) {
  bool isNumber = false;
  const bool relative = text.endsWith(QLatin1Char('%'));
  const double number = (relative ? text.chopped(1) : text).toDouble(&isNumber);
  if (!isNumber || !(number > 0)) return 0;
  return relative ? room * std::min(number, 100.0) / 100 : number;
}

}  // namespace

QSizeF pictureSize(const QSizeF& own, const QString& wish, double room) {
  if (own.isEmpty()) return {};
  const double width = lengthOf(wish.section(QLatin1Char('x'), 0, 0), room);
  const double height = lengthOf(wish.section(QLatin1Char('x'), 1, 1), own.height());
  QSizeF size = own;
  if (width > 0)
    size = own * (width / own.width());
  else if (height > 0)
    size = own * (height / own.height());
  return size.width() > room ? size * (room / size.width()) : size;
}

MarkdownPictures::MarkdownPictures(QTextDocument& document) : QObject(&document) {
  document.documentLayout()->registerHandler(kPictureObject, this);
}

void MarkdownPictures::clear() {
  images_.clear();
  scaled_.clear();
}

QTextCharFormat MarkdownPictures::format(const InlineSpan& span, double share) const {
  QTextCharFormat format;
  format.setObjectType(kPictureObject);
  format.setProperty(kAddress, span.picture);
  format.setProperty(kWish, span.pictureSize);
  format.setProperty(kShare, share);
  format.setToolTip(span.text.toHtmlEscaped());
  if (!span.link.isEmpty()) {
    format.setAnchor(true);
    format.setAnchorHref(span.link);
  }
  return format;
}

QSizeF MarkdownPictures::intrinsicSize(QTextDocument* document, int position,
                                       const QTextFormat& format) {
  const QImage image = images_.value(format.stringProperty(kAddress));
  const double indent = document->findBlock(position).blockFormat().leftMargin();
  const double room = (document->textWidth() - 2 * document->documentMargin() - indent) *
                      format.doubleProperty(kShare);
  return pictureSize(image.deviceIndependentSize(), format.stringProperty(kWish),
                     std::max(room, kSmallestRoom));
}

void MarkdownPictures::drawObject(QPainter* painter, const QRectF& place, QTextDocument*, int,
                                  const QTextFormat& format) {
  const QString address = format.stringProperty(kAddress);
  const double ratio = painter->device()->devicePixelRatio();
  const QSize size = (place.size() * ratio).toSize();
  QPixmap& scaled = scaled_[address];
  if (scaled.size() != size)
    scaled = QPixmap::fromImage(
        images_.value(address).scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
  painter->drawPixmap(place, scaled, QRectF(scaled.rect()));
}

}  // namespace orrery::ui
