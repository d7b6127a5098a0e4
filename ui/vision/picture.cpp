#include "ui/vision/picture.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QImageReader>
#include <QPromise>
#include <QThreadPool>

namespace orrery::ui {
namespace {

constexpr int kSmallestLevel = 256;
constexpr qint64 kMostPixels = 256'000'000;
constexpr int kAllocationMegabytes = 2048;  // 256 megapixels of 8 bytes: colours of 16 bits

QString say(const char* sentence) {
  return QCoreApplication::translate("Picture", sentence);
}

QString problemOf(const QFileInfo& file, QImageReader& reader) {
  if (!file.exists()) return say("%1 does not exist.").arg(file.filePath());
  if (file.isDir()) return say("%1 is a folder, expected a picture.").arg(file.fileName());
  if (!file.isReadable()) return say("%1 may not be read.").arg(file.fileName());
  if (file.size() == 0) return say("%1 is empty.").arg(file.fileName());
  if (!reader.canRead())
    return say("%1 is no picture, or of a kind that cannot be read here.").arg(file.fileName());
  const QSize size = reader.size();
  if (size.isValid() && qint64{size.width()} * size.height() > kMostPixels)
    return say("%1 has %2 × %3 pixels; pictures of up to %4 megapixels can be shown.")
        .arg(file.fileName())
        .arg(size.width())
        .arg(size.height())
        .arg(kMostPixels / 1'000'000);
  return {};
}

}  // namespace

std::shared_ptr<const Picture> makePicture(QImage image) {
  auto picture = std::make_shared<Picture>();
  image.convertTo(image.hasAlphaChannel() ? QImage::Format_ARGB32_Premultiplied
                                          : QImage::Format_RGB32);
  image.setDevicePixelRatio(1);
  picture->levels.push_back(std::move(image));
  for (QSize size = picture->size();
       size.width() > kSmallestLevel || size.height() > kSmallestLevel;) {
    size = QSize(std::max(1, size.width() / 2), std::max(1, size.height() / 2));
    picture->levels.push_back(
        picture->levels.back().scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
  }
  return picture;
}

PictureResult readPicture(const QString& path) {
  const QFileInfo file(path);
  QImageReader reader(path);
  QImageReader::setAllocationLimit(kAllocationMegabytes);
  reader.setDecideFormatFromContent(true);  // a name may say anything
  reader.setAutoTransform(true);
  if (const QString problem = problemOf(file, reader); !problem.isEmpty()) return {{}, problem};
  QImage image = reader.read();
  if (image.isNull())
    return {{}, say("%1 is broken or ends early (%2).").arg(file.fileName(), reader.errorString())};
  return {makePicture(std::move(image)), {}};
}

QFuture<PictureResult> readPictureSoon(const QString& path) {
  const auto promise = std::make_shared<QPromise<PictureResult>>();
  promise->start();
  QThreadPool::globalInstance()->start([promise, path] {
    promise->addResult(readPicture(path));
    promise->finish();
  });
  return promise->future();
}

bool isPictureName(const QString& name) {
  return QImageReader::supportedImageFormats().contains(
      QFileInfo(name).suffix().toLower().toLatin1());
}

}  // namespace orrery::ui
