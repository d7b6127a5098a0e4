#include "ui/engine/model_name.h"

#include <QFileInfo>
#include <QRegularExpression>

namespace orrery::ui {

QString shortModelName(const QString& path) {
  static const QRegularExpression cached(
      QStringLiteral("/models--([^/]+)/snapshots/[^/]+(?:/(.+))?$"));
  const QFileInfo file(path);
  const bool gguf = file.suffix() == QLatin1String("gguf");
  const QString name = gguf ? file.completeBaseName() : file.fileName();
  const auto match = cached.match(path);
  if (!match.hasMatch()) return name;
  const QString id = match.captured(1).replace(QLatin1String("--"), QLatin1String("/"));
  return match.captured(2).isEmpty() ? id : QStringLiteral("%1 \u00B7 %2").arg(id, name);
}

}  // namespace orrery::ui
