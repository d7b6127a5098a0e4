// What the vision panel writes into files.
#include <QFileDialog>
#include <QFileInfo>
#include <QPushButton>

#include "core/base/error.h"
#include "core/base/file.h"
#include "ui/vision/picture_canvas.h"
#include "ui/vision/vision_export.h"
#include "ui/vision/vision_panel.h"

namespace orrery::ui {
namespace {

QString fileOf(const std::string& path) {
  return QString::fromStdString(path);
}

void write(const QString& path, const QByteArray& bytes) {
  writeFileAtomically(path.toStdString(),
                      {bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

}  // namespace

QStringList VisionPanel::exportFilters() {
  return {tr("Picture with what is drawn over it (*.png)"),
          tr("Segment numbers, or depth in 16 bits (*.index.png)"),
          tr("COCO, masks as run lengths (*.coco.json)"),
          tr("COCO, masks as polygons (*.polygons.json)"), tr("Result as JSON (*.json)")};
}

// The name's ending says the format, so it follows the filter that is chosen.
void VisionPanel::exportResult() {
  if (!export_->isEnabled()) return;
  QFileDialog dialog(this, tr("Export the result"));
  dialog.setAcceptMode(QFileDialog::AcceptSave);
  dialog.setNameFilters(exportFilters());
  const auto nameFor = [this](const QString& filter) {
    const qsizetype star = filter.lastIndexOf(QLatin1Char('*')) + 1;
    return QFileInfo(fileOf(state_.picture)).completeBaseName() +
           filter.mid(star, filter.size() - star - 1);
  };
  connect(&dialog, &QFileDialog::filterSelected, &dialog,
          [&](const QString& filter) { dialog.selectFile(nameFor(filter)); });
  const bool drawn = state_.result.labels.empty() && !state_.result.embedding;
  const QString filter = drawn ? exportFilters().front() : exportFilters().back();
  dialog.selectNameFilter(filter);
  dialog.selectFile(nameFor(filter));
  if (dialog.exec() != QDialog::Accepted) return;
  try {
    writeResult(dialog.selectedFiles().front());
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void VisionPanel::writeResult(const QString& path) {
  const QSize size = canvas_->picture()->size();
  const auto ends = [&](const char* ending) {
    return path.endsWith(QLatin1String(ending), Qt::CaseInsensitive);
  };
  if (ends(".coco.json")) return write(path, cocoDocument(state_, size, CocoMasks::kRunLengths));
  if (ends(".polygons.json")) return write(path, cocoDocument(state_, size, CocoMasks::kPolygons));
  if (!ends(".png")) return write(path, resultDocument(state_, size));
  const bool numbers = ends(".index.png");
  if (numbers && !shown_.masks && !state_.result.depth)
    throw Error(ErrorKind::kInvalidInput, "{}: the result has neither masks to number nor depth",
                path.toStdString());
  const QImage image = !numbers ? overlayImage(*canvas_->picture(), shown_.layer.get(), state_)
                       : shown_.masks ? indexImage(*shown_.masks, state_)
                                      : depthImage(*state_.result.depth);
  if (!image.save(path))
    throw Error(ErrorKind::kIo, "{}: could not be written as an image", path.toStdString());
}

}  // namespace orrery::ui
