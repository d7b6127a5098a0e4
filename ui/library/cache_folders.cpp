#include "ui/library/cache_folders.h"

#include <QDir>
#include <QSettings>

#include "core/protocol/hub_files.h"
#include "ui/engine/engine_pool.h"

namespace orrery::ui {
namespace {

constexpr auto kKey = "hub/caches";
constexpr auto kVariable = "ORRERY_HUB_CACHES";
constexpr QLatin1Char kSeparator(':');  // in the variable

}  // namespace

CacheFolders::CacheFolders(QSettings& settings, EnginePool& engines, QObject* parent)
    : QObject(parent), settings_(settings), engines_(engines) {
  if (!added().isEmpty())
    engines_.setVariable(QString::fromLatin1(kVariable), all().join(kSeparator));
}

QStringList CacheFolders::added() const {
  return settings_.value(kKey).toStringList();
}

// Those of the environment first.
QStringList CacheFolders::all() const {
  QStringList folders = qEnvironmentVariable(kVariable).split(kSeparator, Qt::SkipEmptyParts);
  folders += added();
  folders.removeDuplicates();
  return folders;
}

bool CacheFolders::add(const QString& folder) {
  const QString path = QDir::cleanPath(QDir(folder).absolutePath());
  if (path.contains(kSeparator) || path.contains(QLatin1Char('$'))) return false;
  keep(added() << path);
  return true;
}

void CacheFolders::remove(const QString& folder) {
  QStringList folders = added();
  folders.removeAll(folder);
  keep(folders);
}

void CacheFolders::keep(const QStringList& folders) {
  QStringList unique = folders;
  unique.removeDuplicates();
  settings_.setValue(kKey, unique);
  engines_.setVariable(QString::fromLatin1(kVariable), all().join(kSeparator));
  protocol::UseCachesParams params;
  for (const QString& each : all()) params.folders.push_back(each.toStdString());
  engines_.files().request<protocol::UseCachesParams>(
      params, this, [this](const protocol::Done&) { emit changed(); },
      [this](const EngineError&) { emit changed(); });
}

}  // namespace orrery::ui
