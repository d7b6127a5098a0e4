#pragma once

#include "ui/speech/sound_runner.h"

namespace orrery::ui {

/// What a recording is recognised with.
struct SpeechQuestion {
  QString model;
  QString file;
  QString language;        ///< its code; empty: the model finds it out
  bool translate = false;  ///< into English
};

/// Asks for automatic-speech-recognition with the options that the model takes. A multilingual one
/// is told its task in any case: without, what it writes where the language is found out as well is
/// not settled.
SoundRunner::Question recognition(const SpeechQuestion& question);

/// Asks for text-to-audio; `options` are those of the task.
SoundRunner::Question speaking(const QString& model, const QString& text, const Json& options);

}  // namespace orrery::ui
