#pragma once

#include <QByteArray>
#include <QString>

#include "ui/speech/transcript.h"

namespace orrery::ui {

/// "0:12.3", "1:02:03.4".
QString timeText(double seconds);
/// Reads "12.3", "0:12.3" and "1:02:03.4"; below 0 if it is none of these.
double secondsFrom(const QString& text);

/// A transcript as a file whose ending is "txt", "srt", "vtt" or "json", in UTF-8. Throws an Error
/// that names the endings for another one.
QByteArray transcriptFile(const Transcript& transcript, const QString& ending);

}  // namespace orrery::ui
