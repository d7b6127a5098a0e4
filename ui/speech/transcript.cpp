#include "ui/speech/transcript.h"

#include <QRegularExpression>
#include <algorithm>

namespace orrery::ui {
namespace {

constexpr double kPause = 0.8;     // seconds of silence that end a segment
constexpr double kLongest = 12.0;  // seconds after which the end of a sentence ends one

QString textOf(const Json& json, const char* name) {
  return QString::fromStdString(JsonField(json, "transcript").require<std::string>(name));
}

double timeOf(const Json& times, std::size_t index) {
  if (!times.is_array() || times.size() != 2 || !times[index].is_number()) return -1;
  return times[index].get<double>();
}

HeardWord wordOf(const Json& json) {
  HeardWord word;
  word.text = textOf(json, "text");
  const Json times = json.value("timestamp", Json());
  word.start = timeOf(times, 0);
  word.end = timeOf(times, 1);
  word.probability = json.value("probability", 1.0);
  for (const Json& other : json.value("alternatives", Json::array()))
    word.others.push_back({textOf(other, "text"), other.value("probability", 0.0)});
  return word;
}

std::vector<HeardWord> wordsOf(const Json& list) {
  std::vector<HeardWord> words;
  for (const Json& word : list) words.push_back(wordOf(word));
  return words;
}

HeardSegment segmentOf(const Json& json) {
  HeardSegment segment;
  const Json times = json.value("timestamp", Json());
  segment.start = std::max(0.0, timeOf(times, 0));
  segment.end = std::max(segment.start, timeOf(times, 1));
  segment.words = wordsOf(json.value("words", Json::array()));
  return segment;
}

bool endsSentence(const QString& text) {
  return text.endsWith(u'.') || text.endsWith(u'?') || text.endsWith(u'!') || text.endsWith(u'。');
}

// A piece is a word, or a whole segment where the result has no words.
std::vector<HeardSegment> grouped(const std::vector<HeardWord>& pieces, double seconds) {
  std::vector<HeardSegment> segments;
  for (const HeardWord& piece : pieces) {
    const double start = piece.start >= 0   ? piece.start
                         : segments.empty() ? 0
                                            : segments.back().end;
    const double end = piece.end >= start ? piece.end : std::max(start, seconds);
    const bool begins = segments.empty() || start - segments.back().end > kPause ||
                        (endsSentence(segments.back().words.back().text) &&
                         end - segments.back().start > kLongest) ||
                        piece.text.trimmed().contains(u' ');
    if (begins) segments.push_back({start, end, {}});
    segments.back().words.push_back(piece);
    segments.back().end = end;
  }
  return segments;
}

// Words of CTC models come without the space that stands before them in the text.
void addSpaces(std::vector<HeardWord>& pieces, const QString& all) {
  qsizetype from = 0;
  for (HeardWord& piece : pieces) {
    const qsizetype at = all.indexOf(piece.text, from);
    if (at < 0) continue;
    if (at > 0 && all[at - 1].isSpace()) piece.text.prepend(QLatin1Char(' '));
    from = at + piece.text.trimmed().size();
  }
}

// A space before a word stays with it.
QStringList piecesOf(const QString& text) {
  static const QRegularExpression word(QStringLiteral("\\s*\\S+"));
  QStringList pieces;
  for (auto matches = word.globalMatch(text); matches.hasNext();)
    pieces += matches.next().captured();
  return pieces;
}

Json wordJson(const HeardWord& word) {
  Json others = Json::array();
  for (const OtherWord& other : word.others)
    others.push_back({{"text", other.text.toStdString()}, {"probability", other.probability}});
  Json json{{"text", word.text.toStdString()}, {"probability", word.probability}};
  if (word.start >= 0) json["timestamp"] = {word.start, word.end};
  if (!others.empty()) json["alternatives"] = others;
  return json;
}

}  // namespace

QString HeardSegment::text() const {
  QString text;
  for (const HeardWord& word : words) text += word.text;
  return text.trimmed();
}

bool HeardSegment::isDoubtful(double limit) const {
  return std::ranges::any_of(words, [&](const HeardWord& w) { return w.probability < limit; });
}

void takePartial(Transcript& transcript, const Json& partial) {
  if (partial.contains("draft")) {
    const Json& draft = partial.at("draft");
    transcript.draft = {};
    transcript.draft.words = wordsOf(draft.value("words", Json::array()));
    transcript.draft.start = transcript.draft.end = draft.value("start", 0.0);
    return;
  }
  transcript.draft = {};
  for (const Json& json : partial.value("segments", Json::array())) {
    HeardSegment segment = segmentOf(json);
    if (segment.words.empty()) continue;
    transcript.segments.push_back(std::move(segment));
    const Json language = json.value("language", Json());
    if (language.is_string()) transcript.language = QString::fromStdString(language);
  }
}

void takeResult(Transcript& transcript, const Json& result, double seconds) {
  transcript.draft = {};
  if (!transcript.segments.empty()) return;
  const QString all = textOf(result, "text");
  std::vector<HeardWord> pieces;
  for (const Json& chunk : result.value("chunks", Json::array())) pieces.push_back(wordOf(chunk));
  addSpaces(pieces, all);
  if (pieces.empty() && !all.trimmed().isEmpty()) pieces.push_back({all, 0, seconds, 1, {}});
  transcript.segments = grouped(pieces, seconds);
}

void rewrite(HeardSegment& segment, const QString& text) {
  const QStringList pieces = piecesOf(text);
  const auto same = [](const HeardWord& word, const QString& piece) {
    return word.text.trimmed() == piece.trimmed();
  };
  const std::vector<HeardWord>& old = segment.words;
  const std::size_t count = static_cast<std::size_t>(pieces.size());
  const std::size_t fewest = std::min(old.size(), count);
  std::size_t front = 0, back = 0;
  while (front < fewest && same(old[front], pieces[static_cast<qsizetype>(front)])) ++front;
  while (back < fewest - front &&
         same(old[old.size() - 1 - back], pieces[static_cast<qsizetype>(count - 1 - back)]))
    ++back;
  const double begin = front > 0 ? old[front - 1].end : segment.start;
  const double end = back > 0 ? old[old.size() - back].start : segment.end;
  const double step =
      (end - begin) / static_cast<double>(std::max<std::size_t>(1, count - front - back));
  std::vector<HeardWord> words(old.begin(), old.begin() + static_cast<std::ptrdiff_t>(front));
  for (std::size_t i = front; i + back < count; ++i) {
    const double start = begin + step * static_cast<double>(i - front);
    const bool timed = begin >= 0 && end >= begin;
    words.push_back(
        {pieces[static_cast<qsizetype>(i)], timed ? start : -1, timed ? start + step : -1, 1, {}});
  }
  words.insert(words.end(), old.end() - static_cast<std::ptrdiff_t>(back), old.end());
  segment.words = std::move(words);
}

Json toJson(const Transcript& transcript) {
  Json segments = Json::array();
  for (const HeardSegment& segment : transcript.segments) {
    Json words = Json::array();
    for (const HeardWord& word : segment.words) words.push_back(wordJson(word));
    segments.push_back({{"timestamp", {segment.start, segment.end}},
                        {"text", segment.text().toStdString()},
                        {"words", words}});
  }
  return {{"language", transcript.language.toStdString()}, {"segments", segments}};
}

Transcript transcriptFromJson(const Json& json) {
  Transcript transcript;
  takePartial(transcript, json);
  transcript.language = QString::fromStdString(json.value("language", std::string()));
  return transcript;
}

}  // namespace orrery::ui
