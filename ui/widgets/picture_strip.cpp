#include "ui/widgets/picture_strip.h"

#include <QClipboard>
#include <QDateTime>
#include <QDir>
#include <QDropEvent>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QImageReader>
#include <QKeyEvent>
#include <QLabel>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QToolButton>
#include <algorithm>

#include "core/base/file.h"
#include "ui/vision/picture.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kSide = 56;        // pixels, where pictures can be changed
constexpr int kShownSide = 144;  // and where they are only looked at

QStringList pictureFiles(const QMimeData& data) {
  QStringList files;
  for (const QUrl& url : data.urls())
    if (url.isLocalFile() && isPictureName(url.toLocalFile())) files += url.toLocalFile();
  return files;
}

// Programs that copy text often add a picture of it.
bool holdsPicture(const QMimeData& data) {
  return data.hasUrls() ? !pictureFiles(data).isEmpty() : data.hasImage() && !data.hasText();
}

// A file for a picture that has none; conversations go on to refer to it. Empty if that fails.
QString kept(const QImage& image) {
  const QString folder = QString::fromStdString((dataFolder() / "pictures").string());
  const QString path =
      QDir(folder).filePath(QStringLiteral("chat-%1.png").arg(QDateTime::currentMSecsSinceEpoch()));
  return QDir().mkpath(folder) && image.save(path) ? path : QString();
}

// The picture as a thumbnail; null if it cannot be read.
QPixmap thumbnail(const QString& file, int side) {
  QImageReader reader(file);
  reader.setDecideFormatFromContent(true);
  reader.setAutoTransform(true);
  const QSize size = reader.size();
  if (size.width() > side || size.height() > side)
    reader.setScaledSize(size.scaled(side, side, Qt::KeepAspectRatio));
  return QPixmap::fromImage(reader.read());
}

}  // namespace

PictureStrip::PictureStrip(const char* name, Use use, QWidget* parent)
    : QWidget(parent), name_(QString::fromLatin1(name)), use_(use) {
  row_ = new QHBoxLayout(this);
  row_->setContentsMargins(0, 2, 0, 2);
  row_->setSpacing(6);
  hide();
}

void PictureStrip::setPictures(const QStringList& files) {
  if (files == pictures_) return;
  pictures_ = files;
  fill();
}

bool PictureStrip::anyGone() const {
  return std::ranges::any_of(pictures_, [](const QString& f) { return !QFileInfo::exists(f); });
}

void PictureStrip::serve(QPlainTextEdit* field) {
  field_ = field;
  field->installEventFilter(this);
  field->viewport()->installEventFilter(this);
}

void PictureStrip::takeDropsOn(QWidget* area) {
  area->setAcceptDrops(true);
  area->installEventFilter(this);
}

void PictureStrip::add(const QStringList& files) {
  if (files.isEmpty()) return;
  setPictures(pictures_ + files);
  emit changed();
}

bool PictureStrip::take(const QMimeData& data) {
  if (!holdsPicture(data)) return false;
  QStringList files = pictureFiles(data);
  if (files.isEmpty()) files += kept(qvariant_cast<QImage>(data.imageData()));
  files.removeAll(QString());
  add(files);
  return !files.isEmpty();
}

void PictureStrip::askForFiles() {
  QStringList endings;
  for (const QByteArray& format : QImageReader::supportedImageFormats())
    endings += QStringLiteral("*.") + QString::fromLatin1(format);
  add(QFileDialog::getOpenFileNames(
      this, tr("Attach pictures"), {},
      tr("Pictures (%1);;All files (*)").arg(endings.join(QLatin1Char(' ')))));
}

bool PictureStrip::eventFilter(QObject* watched, QEvent* event) {
  switch (event->type()) {
    case QEvent::KeyPress: {
      const auto* key = static_cast<QKeyEvent*>(event);
      if (auto* button = qobject_cast<QToolButton*>(watched)) {
        const bool removes = key->key() == Qt::Key_Delete || key->key() == Qt::Key_Backspace;
        if (removes) button->click();
        return removes;
      }
      return watched == field_ && key->matches(QKeySequence::Paste) &&
             take(*QGuiApplication::clipboard()->mimeData());
    }
    case QEvent::DragEnter:
    case QEvent::DragMove: {
      auto* drag = static_cast<QDropEvent*>(event);
      if (!holdsPicture(*drag->mimeData())) return false;
      drag->acceptProposedAction();
      return true;
    }
    case QEvent::Drop: {
      auto* drop = static_cast<QDropEvent*>(event);
      if (!take(*drop->mimeData())) return false;
      drop->acceptProposedAction();
      return true;
    }
    default:
      return QWidget::eventFilter(watched, event);
  }
}

QWidget* PictureStrip::makeThumbnail(int index) {
  const QString& file = pictures_[index];
  const QString name = QFileInfo(file).fileName();
  const QPixmap picture = thumbnail(file, use_ == Use::kShow ? kShownSide : kSide);
  const QByteArray objectName = (name_ + QString::number(index)).toUtf8();
  if (use_ == Use::kShow) {
    const QString unseen = QFileInfo::exists(file) ? name : tr("%1 (the file is gone)").arg(name);
    auto* label = named(new QLabel(picture.isNull() ? unseen : QString()), objectName.constData(),
                        tr("Picture %1").arg(picture.isNull() ? unseen : name));
    if (!picture.isNull()) label->setPixmap(picture);
    label->setToolTip(file);
    return label;
  }
  auto* button = named(new QToolButton, objectName.constData(), tr("Remove picture %1").arg(name));
  if (picture.isNull())
    setThemedIcon(button, "vision");
  else
    button->setIcon(picture);
  button->setIconSize(QSize(kSide, kSide));
  button->setToolTip(tr("%1\nA click or Delete removes it").arg(file));
  button->installEventFilter(this);
  connect(button, &QToolButton::clicked, this, [this, file] { remove(file); });
  return button;
}

void PictureStrip::remove(const QString& file) {
  pictures_.removeOne(file);
  if (field_) field_->setFocus();  // the button goes
  fill();
  emit changed();
}

void PictureStrip::fill() {
  while (QLayoutItem* item = row_->takeAt(0)) {
    if (item->widget()) item->widget()->deleteLater();  // it may be what was clicked
    delete item;
  }
  for (int i = 0; i < pictures_.size(); ++i) row_->addWidget(makeThumbnail(i));
  row_->addStretch(1);
  setVisible(!pictures_.isEmpty());
}

}  // namespace orrery::ui
