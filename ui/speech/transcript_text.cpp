#include "ui/speech/transcript_text.h"

#include <QStringList>
#include <cmath>

#include "core/base/error.h"

namespace orrery::ui {
namespace {

// "00:01:02,345", as subtitles have it.
QString stamp(double seconds, QChar point) {
  const auto milliseconds = static_cast<qint64>(std::llround(std::max(0.0, seconds) * 1000));
  return QStringLiteral("%1:%2:%3%4%5")
      .arg(milliseconds / 3'600'000, 2, 10, QLatin1Char('0'))
      .arg(milliseconds / 60'000 % 60, 2, 10, QLatin1Char('0'))
      .arg(milliseconds / 1000 % 60, 2, 10, QLatin1Char('0'))
      .arg(point)
      .arg(milliseconds % 1000, 3, 10, QLatin1Char('0'));
}

QString lines(const Transcript& transcript) {
  QString text;
  for (const HeardSegment& segment : transcript.segments)
    text += segment.text() + QLatin1Char('\n');
  return text;
}

QString subtitles(const Transcript& transcript, QChar point, bool web) {
  QString text = web ? QStringLiteral("WEBVTT\n\n") : QString();
  int number = 0;
  for (const HeardSegment& segment : transcript.segments) {
    QString said = segment.text();
    if (web)
      said.replace(QLatin1Char('&'), QLatin1String("&amp;"))
          .replace(QLatin1Char('<'), QLatin1String("&lt;"))
          .replace(QLatin1Char('>'), QLatin1String("&gt;"));
    if (!web) text += QString::number(++number) + QLatin1Char('\n');
    text += QStringLiteral("%1 --> %2\n%3\n\n")
                .arg(stamp(segment.start, point), stamp(segment.end, point), said);
  }
  return text;
}

Json document(const HeardBy& heard, const std::optional<HeardBy>& other) {
  Json json = toJson(heard.transcript);
  if (!other) return json;
  json["model"] = heard.model.toStdString();
  json["other"] = toJson(other->transcript);
  json["other"]["model"] = other->model.toStdString();
  return json;
}

}  // namespace

QString timeText(double seconds) {
  const auto tenths = static_cast<qint64>(std::llround(std::max(0.0, seconds) * 10));
  const qint64 minutes = tenths / 600;
  const QString rest =
      QStringLiteral("%1.%2").arg(tenths / 10 % 60, 2, 10, QLatin1Char('0')).arg(tenths % 10);
  if (minutes < 60) return QStringLiteral("%1:%2").arg(minutes).arg(rest);
  return QStringLiteral("%1:%2:%3")
      .arg(minutes / 60)
      .arg(minutes % 60, 2, 10, QLatin1Char('0'))
      .arg(rest);
}

double secondsFrom(const QString& text) {
  double seconds = 0;
  const QStringList parts = text.trimmed().split(QLatin1Char(':'));
  if (parts.size() > 3) return -1;
  for (qsizetype i = 0; i < parts.size(); ++i) {
    bool number = false;
    QString part = parts[i];
    const double value = part.replace(QLatin1Char(','), QLatin1Char('.')).toDouble(&number);
    if (!number || !(value >= 0) || (i > 0 && value >= 60)) return -1;
    seconds = seconds * 60 + value;
  }
  return std::isfinite(seconds) ? seconds : -1;
}

QByteArray transcriptFile(const HeardBy& heard, const QString& ending,
                          const std::optional<HeardBy>& other) {
  const Transcript& transcript = heard.transcript;
  if (ending == QLatin1String("txt")) return lines(transcript).toUtf8();
  if (ending == QLatin1String("srt")) return subtitles(transcript, u',', false).toUtf8();
  if (ending == QLatin1String("vtt")) return subtitles(transcript, u'.', true).toUtf8();
  if (ending == QLatin1String("json"))
    return QByteArray::fromStdString(document(heard, other).dump(2)) + '\n';
  throw Error(ErrorKind::kInvalidInput,
              "a transcript is written as .txt, .srt, .vtt or .json, not as {}",
              quoted("." + ending.toStdString(), 40));
}

}  // namespace orrery::ui
