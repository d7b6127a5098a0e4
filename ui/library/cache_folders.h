#pragma once

#include <QObject>
#include <QStringList>

class QSettings;

namespace orrery::ui {

class EnginePool;

/// The caches of the hub that the user added to those of the environment. Kept in the settings;
/// every engine knows them.
class CacheFolders : public QObject {
  Q_OBJECT

 public:
  CacheFolders(QSettings& settings, EnginePool& engines, QObject* parent = nullptr);

  QStringList added() const;
  /// False if engines cannot be told of a folder of that name.
  bool add(const QString& folder);
  void remove(const QString& folder);

 signals:
  void changed();

 private:
  void keep(const QStringList& folders);
  QStringList all() const;

  QSettings& settings_;
  EnginePool& engines_;
};

}  // namespace orrery::ui
