#include "ui/hub/cache_filter.h"

#include <QRegularExpression>
#include <algorithm>
#include <map>

namespace orrery::ui {

CacheFilter::CacheFilter(const QString& text) {
  static const QRegularExpression form(
      QStringLiteral("^(size|accessed|modified)([<>])=?(\\d+(?:\\.\\d+)?)([a-z]*)$"));
  static const QRegularExpression typeForm(QStringLiteral("^type==?(\\w+)$"));
  static const std::map<QString, double> kSizes{{"", 1},     {"b", 1},    {"k", 1e3}, {"kb", 1e3},
                                                {"m", 1e6},  {"mb", 1e6}, {"g", 1e9}, {"gb", 1e9},
                                                {"t", 1e12}, {"tb", 1e12}};
  static const std::map<QString, double> kTimes{
      {"s", 1},       {"m", 60},           {"min", 60},         {"h", 3600}, {"d", 86'400},
      {"w", 604'800}, {"mo", 2'592'000.0}, {"y", 31'536'000.0}, {"", 86'400}};
  for (const QString& part : text.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
    const auto match = form.match(part);
    const auto& units = match.captured(1) == QLatin1String("size") ? kSizes : kTimes;
    const auto unit = units.find(match.captured(4));
    if (const auto type = typeForm.match(part); type.hasMatch())
      conditions_.push_back({QStringLiteral("type"), QLatin1Char('='), 0, type.captured(1)});
    else if (match.hasMatch() && unit != units.end())
      conditions_.push_back({match.captured(1),
                             match.captured(2)[0],
                             match.captured(3).toDouble() * unit->second,
                             {}});
    else
      words_ += part;
  }
}

bool CacheFilter::holds(const Condition& condition, const protocol::CachedHubRepository& repository,
                        std::int64_t now) {
  if (condition.field == QLatin1String("type"))
    return QString::fromStdString(repository.type) == condition.value;
  const std::int64_t time =
      condition.field == QLatin1String("accessed") ? repository.accessed : repository.modified;
  const auto amount =
      static_cast<double>(condition.field == QLatin1String("size") ? repository.size : now - time);
  return condition.comparison == QLatin1Char('>') ? amount >= condition.amount
                                                  : amount <= condition.amount;
}

bool CacheFilter::takes(const protocol::CachedHubRepository& repository, std::int64_t now) const {
  const QString name = QString::fromStdString(repository.id);
  return std::all_of(
             words_.begin(), words_.end(),
             [&](const QString& word) { return name.contains(word, Qt::CaseInsensitive); }) &&
         std::all_of(conditions_.begin(), conditions_.end(),
                     [&](const Condition& condition) { return holds(condition, repository, now); });
}

}  // namespace orrery::ui
