#include "ui/speech/transcript.h"
#include "core/base/error.h"
#include "tests/support/test_main.h"
#include "ui/speech/sound_overview.h"
#include "ui/speech/transcript_text.h"

using namespace orrery;
using namespace orrery::ui;

namespace {

Transcript talk() {
  Transcript transcript;
  transcript.segments = {
      {0.5, 2.25, {{" Hello", 0.5, 1, 0.9, {{" Hallo", 0.05}}}, {" <world>", 1, 2.25, 0.3, {}}}},
      {3661.5, 3662, {{" Bye.", 3661.5, 3662, 0.99, {}}}}};
  return transcript;
}

}  // namespace

class TranscriptTest : public QObject {
  Q_OBJECT

 private slots:
  void subtitlesHaveTheirTimesAndText() {
    QCOMPARE(transcriptFile({"", talk()}, "srt"),
             QByteArray("1\n00:00:00,500 --> 00:00:02,250\nHello <world>\n\n"
                        "2\n01:01:01,500 --> 01:01:02,000\nBye.\n\n"));
    QCOMPARE(transcriptFile({"", talk()}, "vtt"),
             QByteArray("WEBVTT\n\n00:00:00.500 --> 00:00:02.250\nHello &lt;world&gt;\n\n"
                        "01:01:01.500 --> 01:01:02.000\nBye.\n\n"));
    QCOMPARE(transcriptFile({"", talk()}, "txt"), QByteArray("Hello <world>\nBye.\n"));
    try {
      transcriptFile({"", talk()}, "doc");
      QFAIL("written");
    } catch (const Error& error) {
      QVERIFY(QString(error.what()).contains("\".doc\""));
    }
  }
  void jsonKeepsEveryWord() {
    const Json json = parseJson(transcriptFile({"", talk()}, "json").toStdString(), "test");
    QVERIFY(transcriptFromJson(json) == talk());
    QVERIFY(!json.contains("model") && !json.contains("other"));
  }
  void jsonOfTwoModelsHasBoth() {
    Transcript other = talk();
    other.segments.pop_back();
    other.language = "en";
    const auto file = [&](const char* ending) {
      return transcriptFile({"a/first", talk()}, ending, HeardBy{"second", other});
    };
    const Json json = parseJson(file("json").toStdString(), "test");
    QVERIFY(transcriptFromJson(json) == talk());
    QVERIFY(transcriptFromJson(json["other"]) == other);
    QVERIFY(json["model"] == "a/first" && json["other"]["model"] == "second");
    QCOMPARE(file("txt"), transcriptFile({"", talk()}, "txt"));
  }
  void timesAreReadAsTheyAreWritten() {
    for (const double seconds : {0.0, 12.3, 61.0, 3723.4})
      QCOMPARE(secondsFrom(timeText(seconds)), seconds);
    QCOMPARE(secondsFrom("1:02,5"), 62.5);
    for (const char* wrong : {"", "x", "1:60", "-1", "1:2:3:4", "inf"})
      QVERIFY2(secondsFrom(wrong) < 0, wrong);
  }
  void rewritingKeepsWhatIsKnownOfTheOtherWords() {
    HeardSegment segment{0, 4, {}};
    for (int i = 0; i < 4; ++i)
      segment.words.push_back({QString(" w%1").arg(i), 1.0 * i, i + 1.0, 0.1 * i, {}});
    const auto before = segment.words;
    rewrite(segment, "w0 one two w2 w3");
    QCOMPARE(segment.text(), QString("w0 one two w2 w3"));
    QVERIFY(segment.words[0] == before[0] && segment.words[4] == before[3]);
    QCOMPARE(segment.words[1].start, 1.0);
    QCOMPARE(segment.words[1].end, 1.5);
    QCOMPARE(segment.words[2].end, 2.0);
    QCOMPARE(segment.words[1].probability, 1.0);
  }
  void aDraftGivesWayToWhatIsSettled() {
    Transcript transcript;
    const Json word{{"text", " So"}, {"timestamp", {0.1, 0.4}}, {"probability", 0.4}};
    takePartial(transcript, {{"draft", {{"start", 0}, {"words", {word}}}}});
    QCOMPARE(transcript.draft.text(), QString("So"));
    takePartial(
        transcript,
        {{"segments", {{{"timestamp", {0, 2}}, {"language", "english"}, {"words", {word, word}}}}},
         {"until", 2}});
    QVERIFY(transcript.draft.words.empty());
    QCOMPARE(transcript.segments.at(0).text(), QString("So So"));
    QCOMPARE(transcript.language, QString("english"));
    takeResult(transcript, {{"text", "other"}}, 5);
    QCOMPARE(transcript.segments.size(), std::size_t{1});
  }
  void aResultOfWordsIsCutAtPauses() {
    Json chunks = Json::array();
    for (const double start : {0.0, 0.5, 3.0, 3.5})
      chunks.push_back({{"text", " a"}, {"timestamp", {start, start + 0.4}}});
    Transcript transcript;
    takeResult(transcript, {{"text", "a a a a"}, {"chunks", chunks}}, 5);
    QCOMPARE(transcript.segments.size(), std::size_t{2});
    QCOMPARE(transcript.segments[1].start, 3.0);
    QCOMPARE(transcript.segments[1].end, 3.9);
    Transcript whole;
    takeResult(whole, {{"text", "all of it"}}, 5);
    QCOMPARE(whole.segments.at(0).end, 5.0);
  }
  void wordsWithoutSpacesHaveThoseOfTheText() {
    Transcript transcript;
    takeResult(transcript,
               {{"text", "A SO SO"},
                {"chunks",
                 {{{"text", "A"}, {"timestamp", {0, 1}}},
                  {{"text", "SO"}, {"timestamp", {1, 2}}},
                  {{"text", "SO"}, {"timestamp", {2, 3}}}}}},
               3);
    QCOMPARE(transcript.segments.at(0).text(), QString("A SO SO"));
    QCOMPARE(transcript.segments[0].words[2].text, QString(" SO"));
  }
  void everyZoomShowsTheExtremes() {
    std::vector<WavePyramid::Extent> steps;
    for (int i = 0; i < 1000; ++i) steps.push_back({-0.1F, 0.1F});
    steps[613] = {-0.7F, 0.9F};
    const WavePyramid wave(steps, 100);
    QCOMPARE(wave.seconds(), 10.0);
    for (const int columns : {1, 7, 100, 640, 1000, 1920}) {
      const auto seen = wave.look(0, 10, columns);
      const auto at = static_cast<std::size_t>(613.5 / 1000 * columns);
      QCOMPARE(seen[at].high, 0.9F);
      QCOMPARE(seen[at].low, -0.7F);
      const auto others = std::ranges::count_if(seen, [](const auto& e) { return e.high > 0.5F; });
      QVERIFY2(others <= 3, qPrintable(QString("%1 of %2").arg(others).arg(columns)));
    }
    for (const auto& extent : wave.look(-5, -1, 20)) QCOMPARE(extent.high, 0.0F);
  }
};

ORRERY_TEST(TranscriptTest)
#include "transcript_test.moc"
