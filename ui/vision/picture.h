#pragma once

#include <QFuture>
#include <QImage>
#include <QString>
#include <memory>
#include <vector>

namespace orrery::ui {

/// A picture to be looked at from any distance: as it is, and each level half as wide and high as
/// the one before, so that no view needs to read more pixels than it shows. Never changes.
struct Picture {
  std::vector<QImage> levels;  ///< RGB32 or ARGB32_Premultiplied; the last fits 256 x 256

  QSize size() const { return levels.front().size(); }
};

/// A picture, or one sentence that says why there is none.
struct PictureResult {
  std::shared_ptr<const Picture> picture;
  QString problem;
};

/// The levels of an image, which must not be null.
std::shared_ptr<const Picture> makePicture(QImage image);

/// Reads a file, turned as its EXIF orientation says. What is missing, broken, of another kind or
/// larger than 256 megapixels is named in one sentence; size is judged before memory is taken.
PictureResult readPicture(const QString& path);

/// The same on another thread.
QFuture<PictureResult> readPictureSoon(const QString& path);

/// Whether the name is that of a picture which can be read here.
bool isPictureName(const QString& name);

}  // namespace orrery::ui
