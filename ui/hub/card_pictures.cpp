#include "ui/hub/card_pictures.h"

#include <QBuffer>
#include <QImageReader>
#include <QUrl>
#include <cmath>
#include <memory>
#include <utility>

#include "core/base/error.h"
#include "core/protocol/hub.h"
#include "ui/engine/engine_process.h"

namespace orrery::ui {
namespace {

constexpr int kAtOnce = 4;
constexpr int kThreads = 2;
constexpr qsizetype kMostPictures = 64;
constexpr qint64 kMostPixels = 24'000'000;
constexpr double kKeptPixels = 3'000'000;         // of one picture: more than a window shows
constexpr qint64 kMostBytes = qint64{256} << 20;  // of all pictures, decoded

}  // namespace

QImage decodePicture(const QByteArray& content) {
  // What Qt draws without running a document: an SVG could name files and take for ever.
  static const QList<QByteArray> kKinds{"png", "jpeg", "jpg", "gif", "webp", "bmp"};
  QByteArray bytes = content;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::ReadOnly);
  QImageReader reader(&buffer);
  reader.setAutoTransform(true);
  if (!reader.canRead() || !kKinds.contains(reader.format()))
    throw Error(ErrorKind::kUnsupported, "is no PNG, JPEG, GIF, WebP or BMP picture");
  const QSize size = reader.size();
  const qint64 pixels = qint64{size.width()} * size.height();
  if (pixels > kMostPixels)
    throw Error(ErrorKind::kUnsupported, "has {} × {} pixels, too many to be drawn", size.width(),
                size.height());
  if (const double scale = std::sqrt(kKeptPixels / static_cast<double>(pixels)); scale < 1)
    reader.setScaledSize(size * scale);
  const QImage image = reader.read();
  if (image.isNull())
    throw Error(ErrorKind::kInvalidInput, "cannot be decoded: {}",
                reader.errorString().toStdString());
  return image;
}

CardPictures::CardPictures(EngineProcess& engine, QObject* parent)
    : QObject(parent), engine_(engine) {
  threads_.setMaxThreadCount(kThreads);
}

void CardPictures::set(const QStringList& addresses) {
  ++generation_;
  for (const qint64 request : std::exchange(requests_, {})) engine_.cancel(request);
  threads_.clear();
  addresses_ = addresses.first(std::min(addresses.size(), kMostPictures));
  waiting_.clear();
  there_.clear();
  running_ = 0;
  bytes_ = 0;
  problem_.clear();
  emit changed();
}

QStringList CardPictures::hosts() const {
  QStringList names;
  for (const QString& address : addresses_) names += QUrl(address).host();
  names.removeDuplicates();
  return names;
}

void CardPictures::fetch() {
  if (busy()) return;
  problem_.clear();
  for (const QString& address : addresses_)
    if (!there_.contains(address)) waiting_ += address;
  fetchNext();
  emit changed();
}

void CardPictures::fetchNext() {
  while (running_ < kAtOnce && !waiting_.isEmpty()) {
    const QString address = waiting_.takeFirst();
    ++running_;
    protocol::FetchPictureParams params;
    params.address = address.toStdString();
    const auto id = std::make_shared<qint64>(0);
    *id = engine_.request<protocol::FetchPictureParams>(
        params, this,
        [this, address, id](const protocol::FetchPictureResult& result) {
          if (requests_.remove(*id))
            decode(address, QByteArray::fromBase64(QByteArray::fromStdString(result.content)));
        },
        [this, address, id](const EngineError& error) {
          if (requests_.remove(*id)) end(address, {}, error.message);
        });
    requests_.insert(*id);
  }
}

void CardPictures::decode(const QString& address, const QByteArray& content) {
  threads_.start([this, address, content, current = generation_] {
    QImage image;
    QString problem;
    try {
      image = decodePicture(content);
    } catch (const Error& error) {
      problem = address + QStringLiteral(": ") + QString::fromUtf8(error.what());
    }
    QMetaObject::invokeMethod(
        this,
        [this, address, image, problem, current] {
          if (current == generation_) end(address, image, problem);
        },
        Qt::QueuedConnection);
  });
}

void CardPictures::end(const QString& address, const QImage& image, const QString& problem) {
  --running_;
  const bool room = bytes_ + image.sizeInBytes() <= kMostBytes;
  if (problem.isEmpty() && room) {
    bytes_ += image.sizeInBytes();
    there_.insert(address);
    emit arrived(address, image);
  } else if (problem_.isEmpty()) {
    problem_ = room ? problem : tr("All together they are too large.");
  }
  fetchNext();
  emit changed();
}

}  // namespace orrery::ui
