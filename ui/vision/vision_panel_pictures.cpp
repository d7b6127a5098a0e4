// Where the pictures of the vision panel come from: files, folders, the clipboard, samples.
#include <QClipboard>
#include <QDir>
#include <QDirIterator>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QGuiApplication>
#include <QListWidget>
#include <QMimeData>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QToolButton>
#include <utility>

#include "core/base/error.h"
#include "core/base/file.h"
#include "ui/vision/batch_view.h"
#include "ui/vision/found_view.h"
#include "ui/vision/picture_canvas.h"
#include "ui/vision/vision_panel.h"
#include "ui/vision/vision_runner.h"

// A resource of a static library is registered by naming it, outside of any namespace.
static void registerSamples() {
  Q_INIT_RESOURCE(samples);
}

namespace orrery::ui {
namespace {

// Where pictures without a file of their own are kept for the engine to read.
QString pictureFolder() {
  const QString folder = QString::fromStdString((dataFolder() / "pictures").string());
  QDir().mkpath(folder);
  return folder;
}

QString fileOf(const std::string& path) {
  return QString::fromStdString(path);
}

}  // namespace

void VisionPanel::openPicture(const QString& path) {
  if (QFileInfo(path).isDir()) return showFolder(path);
  opening_ = QFileInfo(path).absoluteFilePath();
  reading_.setFuture(readPictureSoon(opening_));
  showProblem({});
}

void VisionPanel::onPictureRead(const PictureResult& result) {
  const QString path = std::exchange(opening_, {});
  if (!result.picture) {  // what was open stays so
    runWanted_ = false;
    return showProblem(result.problem);
  }
  runner_->stop();
  state_.picture = path.toStdString();
  state_.result = ready_.picture == path ? std::exchange(ready_, {}) : VisionResult();
  state_.otherResult = {};
  state_.prompts = {};
  canvas_->setPicture(result.picture);
  table_->setChecked(false);
  stack_->setCurrentWidget(canvas_);
  showResult();
  updateActions();
  save();
  if (runWanted_ && described_) run();
}

void VisionPanel::openFromBatch(const QString& path, const Json& document, double seconds) {
  ready_ = {};
  try {
    if (!document.is_null()) ready_ = readVisionResult(batch_->model().task(), document, {});
  } catch (const Error&) {
    // Arrays are not kept: the picture opens without a result, and can be run.
  }
  ready_.picture = path;
  ready_.model = fileOf(state_.model);
  ready_.runSeconds = seconds;
  openPicture(path);
}

void VisionPanel::showBatch(bool shown) {
  if (shown) {
    QStringList names;
    for (int row = 0; row < files_->count(); ++row) names += files_->item(row)->text();
    batch_->open(state_, names);
  }
  files_->setVisible(!shown && files_->count() > 0);
  found_->setVisible(!shown);
  const bool picture = canvas_->picture() != nullptr;
  stack_->setCurrentIndex(shown ? stack_->indexOf(batch_) : picture ? 1 : 0);
}

void VisionPanel::showFolder(const QString& folder) {
  state_.folder = QFileInfo(folder).absoluteFilePath().toStdString();
  const QSignalBlocker quiet(files_);
  files_->clear();
  QStringList names;
  for (QDirIterator it(folder, QDir::Files | QDir::Readable); it.hasNext();) {
    it.next();
    if (isPictureName(it.fileName())) names += it.fileName();
  }
  names.sort(Qt::CaseInsensitive);
  for (const QString& name : std::as_const(names)) {
    auto* item = new QListWidgetItem(name, files_);
    item->setData(Qt::UserRole, QDir(fileOf(state_.folder)).filePath(name));
  }
  files_->setVisible(!names.isEmpty());
  if (names.isEmpty()) showProblem(tr("%1 holds no pictures that can be read here.").arg(folder));
  save();
}

void VisionPanel::askForPicture() {
  const QString path =
      QFileDialog::getOpenFileName(this, tr("Open a picture"), fileOf(state_.picture));
  if (!path.isEmpty()) openPicture(path);
}

void VisionPanel::askForFolder() {
  const QString path = QFileDialog::getExistingDirectory(this, tr("Open a folder of pictures"),
                                                         fileOf(state_.folder));
  if (!path.isEmpty()) openPicture(path);
}

// The engine reads files: samples are copied out of this program.
void VisionPanel::openSample() {
  registerSamples();
  const QStringList names = QDir(QStringLiteral(":/samples")).entryList(QDir::Files, QDir::Name);
  const QString shown = QFileInfo(fileOf(state_.picture)).fileName();
  const QString name = names[(names.indexOf(shown) + 1) % names.size()];  // each click the next
  const QString path = QDir(pictureFolder()).filePath(name);
  if (!QFile::exists(path)) QFile::copy(QStringLiteral(":/samples/") + name, path);
  openPicture(path);
}

void VisionPanel::paste() {
  const QMimeData* data = QGuiApplication::clipboard()->mimeData();
  if (data->hasUrls() && data->urls().front().isLocalFile())
    return openPicture(data->urls().front().toLocalFile());
  const QImage image = QGuiApplication::clipboard()->image();
  if (image.isNull()) return showProblem(tr("There is no picture in the clipboard."));
  const QString path = QDir(pictureFolder()).filePath(QStringLiteral("pasted.png"));
  if (!image.save(path)) return showProblem(tr("%1 could not be written.").arg(path));
  openPicture(path);
}

void VisionPanel::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls() && event->mimeData()->urls().front().isLocalFile())
    event->acceptProposedAction();
}

void VisionPanel::dropEvent(QDropEvent* event) {
  openPicture(event->mimeData()->urls().front().toLocalFile());
  event->acceptProposedAction();
}

}  // namespace orrery::ui
