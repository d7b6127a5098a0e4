#pragma once

#include <QString>
#include <QStringList>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "ui/train/train_beginnings.h"

namespace orrery::ui {

/// A setting as the form shows it.
struct TrainField {
  /// Integers and lists of numbers may also be words of `choices`; lists of numbers may hold lists,
  /// as JSON.
  enum class Kind { kInteger, kNumber, kSwitch, kChoice, kNames, kNumbers, kFile, kFolder };
  enum class Group { kData, kModel, kTraining, kEvaluation, kOutput };
  Group group;
  std::string name;  ///< of TrainingArguments, or "config.NAME"
  Kind kind;
  QString label;
  QString tip;
  Json standard = nullptr;  ///< what holds where nothing is said; null: nothing
  QStringList choices = {};
  std::vector<TrainStart> with = {};  ///< what the model must begin from; none: anything
  QString id = {};                    ///< the object name behind "train."; else as `name`

  /// Whether text may be written beside the choices.
  bool isFree() const { return kind == Kind::kNumbers || kind == Kind::kInteger; }
  bool appliesTo(TrainStart start) const;
};

/// What a model can be told of its series beside their values.
std::vector<TrainField> featureFields();
/// What the model begins from, and what is chosen of a new one's configuration.
std::vector<TrainField> modelFields();
/// Every setting of the form, in its order.
std::vector<TrainField> trainFields();
QString groupTitle(TrainField::Group group);

/// What a field's text says; null if it is empty. A text that is none of the kind comes back as a
/// string, so that the engine's error names it.
Json valueFromText(const TrainField& field, const QString& text);
/// Whether that text is one of the kind.
bool isValueText(const TrainField& field, const QString& text);
QString textFromValue(const TrainField& field, const Json& value);

}  // namespace orrery::ui
