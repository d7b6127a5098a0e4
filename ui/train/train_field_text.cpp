// Settings as a person writes them.
#include <algorithm>

#include "ui/train/train_fields.h"

namespace orrery::ui {
namespace {

using Kind = TrainField::Kind;

/// A number as JSON; null if the text is none.
Json numberOf(const QString& text) {
  bool good = false;
  const qint64 whole = text.toLongLong(&good);
  if (good) return whole;
  const double number = text.toDouble(&good);
  return good ? Json(number) : Json();
}

/// Numbers, or lists of numbers.
bool holdsNumbers(const Json& list) {
  return list.is_array() && std::ranges::all_of(list, [](const Json& part) {
           return part.is_number() || holdsNumbers(part);
         });
}

/// Null if it is no list.
Json listOf(const TrainField& field, const QString& text) {
  if (text.startsWith(QLatin1Char('['))) {
    Json list = Json::parse(text.toStdString(), nullptr, false);
    return holdsNumbers(list) ? list : Json();
  }
  Json list = Json::array();
  for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
    const QString plain = part.trimmed();
    list.push_back(field.kind == Kind::kNames ? Json(plain.toStdString()) : numberOf(plain));
    if (list.back().is_null()) return nullptr;
  }
  return list;
}

}  // namespace

Json valueFromText(const TrainField& field, const QString& text) {
  const QString plain = text.trimmed();
  if (plain.isEmpty()) return nullptr;
  Json value;
  if (field.kind == Kind::kInteger || field.kind == Kind::kNumber) value = numberOf(plain);
  if (field.kind == Kind::kInteger && !value.is_number_integer()) value = nullptr;
  if (field.kind == Kind::kNames || field.kind == Kind::kNumbers) value = listOf(field, plain);
  return value.is_null() ? Json(plain.toStdString()) : value;
}

bool isValueText(const TrainField& field, const QString& text) {
  if (!valueFromText(field, text).is_string()) return true;
  if (field.isFree()) return field.choices.contains(text.trimmed());
  return field.kind != Kind::kNumber;
}

QString textFromValue(const TrainField&, const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return QString::fromStdString(value.get<std::string>());
  if (value.is_number_float()) return QString::number(value.get<double>(), 'g', 12);
  if (!value.is_array()) return QString::fromStdString(value.dump());
  if (!value.empty() && value.front().is_array()) return QString::fromStdString(value.dump());
  QStringList parts;
  for (const Json& part : value)
    parts += part.is_string()   ? QString::fromStdString(part.get<std::string>())
             : part.is_number() ? QString::number(part.get<double>(), 'g', 12)
                                : QString::fromStdString(part.dump());
  return parts.join(QStringLiteral(", "));
}

}  // namespace orrery::ui
