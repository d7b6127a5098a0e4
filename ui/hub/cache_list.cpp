#include "ui/hub/cache_list.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "ui/hub/disk_meter.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

CacheList::CacheList(QWidget* parent) : QWidget(parent), rows_(new QVBoxLayout(this)) {
  rows_->setContentsMargins(0, 0, 0, 0);
  rows_->setSpacing(10);
}

void CacheList::setCaches(const std::vector<protocol::CachedHubFolder>& caches,
                          const QStringList& removable) {
  clearLayout(*rows_);
  for (const protocol::CachedHubFolder& cache : caches)
    add(cache, removable.contains(QString::fromStdString(cache.folder)));
}

void CacheList::add(const protocol::CachedHubFolder& cache, bool removable) {
  const auto bytes = [](std::int64_t count) { return formatBytes(static_cast<double>(count)); };
  const QString folder = QString::fromStdString(cache.folder);
  auto* block = new QWidget;
  auto* layout = new QVBoxLayout(block);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(5);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  auto* place = makeLabel(folder);
  place->setTextInteractionFlags(Qt::TextSelectableByMouse);
  place->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  place->setToolTip(folder);
  row->addWidget(place, 1);
  const QString facts = tr("%1 in the cache, %2 free of %3 on its disk")
                            .arg(bytes(cache.size), bytes(cache.diskFree), bytes(cache.diskSize));
  row->addWidget(makeLabel(facts, "muted"));
  if (removable) {
    auto* remove = makeIconButton("close", tr("Show %1 no more; nothing is deleted").arg(folder),
                                  "library.removeCache");
    connect(
        remove, &QToolButton::clicked, this, [this, folder] { emit removeAsked(folder); },
        Qt::QueuedConnection);  // what follows deletes the button
    row->addWidget(remove);
  }
  layout->addLayout(row);
  auto* disk = named(new DiskMeter, "library.disk", tr("Space on the disk of %1").arg(folder));
  disk->setAccessibleDescription(facts);
  disk->set(static_cast<double>(cache.size), static_cast<double>(cache.diskFree),
            static_cast<double>(cache.diskSize));
  layout->addWidget(disk);
  rows_->addWidget(block);
}

}  // namespace orrery::ui
