// Settings as a person writes them.
#include "ui/train/train_fields.h"

namespace orrery::ui {
namespace {

using Kind = TrainField::Kind;

}  // namespace

Json valueFromText(const TrainField& field, const QString& text) {
  const QString plain = text.trimmed();
  if (plain.isEmpty()) return nullptr;
  bool good = false;
  if (field.kind == Kind::kInteger) {
    const qint64 number = plain.toLongLong(&good);
    if (good) return number;
  }
  if (field.kind == Kind::kNumber) {
    const double number = plain.toDouble(&good);
    if (good) return number;
  }
  if (field.kind == Kind::kNames || field.kind == Kind::kSplit) {
    Json list = Json::array();
    good = true;
    for (const QString& part : plain.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
      bool number = true;
      if (field.kind == Kind::kNames)
        list.push_back(part.trimmed().toStdString());
      else
        list.push_back(part.trimmed().toDouble(&number));
      good = good && number;
    }
    if (good) return list;
  }
  return plain.toStdString();
}

bool isValueText(const TrainField& field, const QString& text) {
  const Json value = valueFromText(field, text);
  if (!value.is_string()) return true;
  const bool numeric = field.kind == Kind::kInteger || field.kind == Kind::kNumber;
  return !numeric && (field.kind != Kind::kSplit || value == "ett");
}

QString textFromValue(const TrainField&, const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return QString::fromStdString(value.get<std::string>());
  if (value.is_number_float()) return QString::number(value.get<double>(), 'g', 12);
  if (!value.is_array()) return QString::fromStdString(value.dump());
  QStringList parts;
  for (const Json& part : value)
    parts += part.is_string()   ? QString::fromStdString(part.get<std::string>())
             : part.is_number() ? QString::number(part.get<double>(), 'g', 12)
                                : QString::fromStdString(part.dump());
  return parts.join(QStringLiteral(", "));
}

}  // namespace orrery::ui
