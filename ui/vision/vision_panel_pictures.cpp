// Where the pictures of the vision panel come from: files, folders, the clipboard, samples.
#include <QApplication>
#include <QClipboard>
#include <QDateTime>
#include <QDir>
#include <QDirIterator>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QGuiApplication>
#include <QLabel>
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

void VisionPanel::openFile(const QString& path) {
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
  pointer_.reset();
  canvas_->setPicture(result.picture);
  table_->setChecked(false);
  stack_->setCurrentWidget(canvas_);
  showResult();
  updateActions();
  save();
  markFile();
  if (runWanted_ && described_) run();
}

// The picture's row in the list of its folder.
void VisionPanel::markFile() {
  const QSignalBlocker quiet(files_);
  const QFileInfo file(fileOf(state_.picture));
  QListWidgetItem* row = nullptr;
  if (file.path() == fileOf(state_.folder))
    for (QListWidgetItem* item : files_->findItems(file.fileName(), Qt::MatchExactly)) row = item;
  files_->setCurrentItem(row);
}

void VisionPanel::openNeighbour(int step) {
  const int row = files_->currentRow() + step;
  if (row >= 0 && row < files_->count()) files_->setCurrentRow(row);
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
  openFile(path);
}

void VisionPanel::showBatchRows() {
  if (!table_->isChecked()) return;
  QStringList names;
  for (int row = 0; row < files_->count(); ++row) names += files_->item(row)->text();
  batch_->open(state_, names);
}

void VisionPanel::showBatch(bool shown) {
  table_->setChecked(shown);
  showBatchRows();
  folder_->setVisible(!shown && files_->count() > 0);
  found_->setVisible(!shown);
  place_->clear();
  updateActions();
  const bool picture = canvas_->picture() != nullptr;
  stack_->setCurrentIndex(shown ? stack_->indexOf(batch_) : picture ? 1 : 0);
}

void VisionPanel::showFolder(const QString& folder) {
  state_.folder = QFileInfo(folder).absoluteFilePath().toStdString();
  const QSignalBlocker quiet(files_);
  table_->setChecked(false);
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
  folder_->setVisible(!names.isEmpty());
  folderName_->setText(tr("%1 · %2").arg(QDir(fileOf(state_.folder)).dirName()).arg(names.size()));
  folderName_->setToolTip(fileOf(state_.folder));
  showProblem(names.isEmpty() ? tr("%1 holds no pictures that can be read here.").arg(folder)
                              : QString());
  if (names.isEmpty()) return closeFolder();
  markFile();
  if (files_->currentRow() < 0) openFile(files_->item(0)->data(Qt::UserRole).toString());
  save();
}

void VisionPanel::closeFolder() {
  const QSignalBlocker quiet(files_);
  table_->setChecked(false);
  files_->clear();
  if (folder_->isAncestorOf(QApplication::focusWidget())) canvas_->setFocus();
  folder_->hide();
  state_.folder.clear();
  updateActions();
  save();
}

void VisionPanel::askForPicture() {
  const QString path =
      QFileDialog::getOpenFileName(this, tr("Open a picture"), fileOf(state_.picture));
  if (!path.isEmpty()) openFile(path);
}

void VisionPanel::askForFolder() {
  const QString path = QFileDialog::getExistingDirectory(this, tr("Open a folder of pictures"),
                                                         fileOf(state_.folder));
  if (!path.isEmpty()) openFile(path);
}

// The engine reads files: samples are copied out of this program.
void VisionPanel::openSample() {
  registerSamples();
  const QStringList names =
      QDir(QStringLiteral(":/samples/pictures")).entryList(QDir::Files, QDir::Name);
  const QString shown = QFileInfo(fileOf(state_.picture)).fileName();
  const QString name = names[(names.indexOf(shown) + 1) % names.size()];  // each click the next
  const QString path = QDir(pictureFolder()).filePath(name);
  if (!QFile::exists(path)) QFile::copy(QStringLiteral(":/samples/pictures/") + name, path);
  openFile(path);
}

// A file of its own for each, for engines remember pictures by their files; the last one is kept.
void VisionPanel::takePicture(const QMimeData& data) {
  if (data.hasUrls() && data.urls().front().isLocalFile())
    return openFile(data.urls().front().toLocalFile());
  const auto image = qvariant_cast<QImage>(data.imageData());
  if (image.isNull()) return showProblem(tr("There is no picture in the clipboard."));
  const QDir folder(pictureFolder());
  for (const QString& old : folder.entryList({QStringLiteral("pasted-*.png")}))
    QFile::remove(folder.filePath(old));
  const QString path =
      folder.filePath(QStringLiteral("pasted-%1.png").arg(QDateTime::currentMSecsSinceEpoch()));
  if (!image.save(path)) return showProblem(tr("%1 could not be written.").arg(path));
  openFile(path);
}

void VisionPanel::paste() {
  takePicture(*QGuiApplication::clipboard()->mimeData());
}

void VisionPanel::dragEnterEvent(QDragEnterEvent* event) {
  const QMimeData& data = *event->mimeData();
  if (data.hasImage() || (data.hasUrls() && data.urls().front().isLocalFile()))
    event->acceptProposedAction();
}

void VisionPanel::dropEvent(QDropEvent* event) {
  takePicture(*event->mimeData());
  event->acceptProposedAction();
}

}  // namespace orrery::ui
