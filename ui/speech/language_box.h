#pragma once

#include <QComboBox>

#include "core/protocol/sound.h"

namespace orrery::ui {

/// The English name of a language's code: "German" of "de", also of those that are Whisper's own.
QString languageName(const QString& code);

/// A choice of the language that is spoken among those of a model, by name; the first entry leaves
/// it to the model. A part of a name can be typed.
class LanguageBox : public QComboBox {
  Q_OBJECT

 public:
  explicit LanguageBox(QWidget* parent = nullptr);

  /// Offers the languages of a model; what was chosen stays if it is among them. A model with one
  /// language leaves no choice.
  void setModel(const protocol::SoundModelResult& model);
  /// The code of the chosen language, or empty. It is remembered until a model has it.
  QString code() const { return currentData().toString(); }
  void setCode(const QString& code);

 private:
  void takeTyped();

  QString wanted_;  ///< code
};

}  // namespace orrery::ui
