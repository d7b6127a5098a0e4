#pragma once

#include <QByteArray>
#include <QString>
#include <optional>

#include "ui/speech/transcript.h"

namespace orrery::ui {

/// "0:12.3", "1:02:03.4".
QString timeText(double seconds);
/// Reads "12.3", "0:12.3" and "1:02:03.4"; below 0 if it is none of these.
double secondsFrom(const QString& text);

/// What a model has heard.
struct HeardBy {
  QString model;
  Transcript transcript;
};

/// A transcript as a file whose ending is "txt", "srt", "vtt" or "json", in UTF-8. Throws an Error
/// that names the endings for another one. Where `other` heard the same recording, JSON has that
/// beneath "other", and both with their "model"; the other formats have room for one transcript.
QByteArray transcriptFile(const HeardBy& heard, const QString& ending,
                          const std::optional<HeardBy>& other = std::nullopt);

}  // namespace orrery::ui
