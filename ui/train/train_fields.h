#pragma once

#include <QString>
#include <QStringList>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::ui {

/// A setting as the form shows it.
struct TrainField {
  enum class Kind { kInteger, kNumber, kSwitch, kChoice, kNames, kSplit, kFile, kFolder };
  enum class Group { kData, kModel, kTraining, kEvaluation, kOutput };
  /// What the model must begin from for the field to say anything.
  enum class With { kAny, kPatchTst, kPatchTsMixer, kNewModel, kConfigFile, kCheckpoint };

  Group group;
  std::string name;  ///< of TrainingArguments, or "config.NAME"
  Kind kind;
  QString label;
  QString tip;
  Json standard = nullptr;  ///< what holds where nothing is said; null: nothing
  QStringList choices = {};
  With with = With::kAny;
};

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
