#include "ui/hub/hub_query.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QUrl>
#include <utility>

namespace orrery::ui {
namespace {

bool isName(const QString& part) {
  static const QRegularExpression form(QStringLiteral("^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}$"));
  return form.match(part).hasMatch();
}

// "/org/name", "/org/name/tree/revision", "/org/name/blob/revision/file".
QString modelOfPath(const QString& path) {
  const QStringList parts = path.split(QLatin1Char('/'), Qt::SkipEmptyParts);
  if (parts.size() < 2 || !isName(parts[0]) || !isName(parts[1])) return {};
  if (parts[0] == QLatin1String("datasets") || parts[0] == QLatin1String("spaces")) return {};
  const QString id = parts[0] + QLatin1Char('/') + parts[1];
  static const QStringList kBeforeRevision{QStringLiteral("tree"), QStringLiteral("blob"),
                                           QStringLiteral("resolve"), QStringLiteral("commit")};
  const bool names = parts.size() > 3 && kBeforeRevision.contains(parts[2]);
  return names && parts[3] != QLatin1String("main") ? id + QLatin1Char('@') + parts[3] : id;
}

}  // namespace

HubWords readHubWords(const QString& text) {
  const QString words = text.simplified();
  HubWords result{words, {}, false};
  QString address = words;
  for (const char* host : {"huggingface.co/", "hf.co/", "www.huggingface.co/"})
    if (address.startsWith(QLatin1String(host))) address.prepend(QLatin1String("https://"));
  const QUrl url(address);
  if (url.scheme() == QLatin1String("https") || url.scheme() == QLatin1String("http")) {
    result.isAddress = true;
    result.model = modelOfPath(url.path());
    result.text = result.model.section(QLatin1Char('@'), 0, 0);
    return result;
  }
  static const QRegularExpression full(QStringLiteral(
      "^[A-Za-z0-9_][A-Za-z0-9._-]*/[A-Za-z0-9_][A-Za-z0-9._-]*(@[A-Za-z0-9._/-]+)?$"));
  if (!full.match(words).hasMatch()) return result;
  result.model = words;
  result.text = words.section(QLatin1Char('@'), 0, 0);
  return result;
}

QString dayOf(const std::string& time) {
  return QString::fromStdString(time.substr(0, 10));
}

QString shortCount(double count) {
  const std::pair<double, const char*> units[] = {{1e9, "B"}, {1e6, "M"}, {1e3, "K"}};
  for (const auto& [size, name] : units)
    if (count >= size)
      return QStringLiteral("%1 %2")
          .arg(count / size, 0, 'f', count < 10 * size || size == 1e9 ? 1 : 0)
          .arg(QLatin1String(name));
  return QString::number(count);
}

QString fitText(const std::string& kind) {
  if (kind == "fits") return QCoreApplication::translate("Hub", "Fits");
  if (kind == "tight") return QCoreApplication::translate("Hub", "Tight");
  if (kind == "does_not_fit") return QCoreApplication::translate("Hub", "Does not fit");
  return {};
}

}  // namespace orrery::ui
