#include <QTemporaryDir>
#include <cmath>
#include <fstream>
#include <numeric>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/media/av/video.h"
#include "tests/support/test_main.h"

using namespace orrery;
using media::Image;
using media::VideoReader;

namespace {

constexpr std::int64_t kFrames = 24;

std::filesystem::path soundsFolder() {
  return std::filesystem::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) / "sounds";
}

std::filesystem::path file(const std::string& name) {
  return soundsFolder() / "files" / name;
}

const Json& videos() {
  static const Json json = readJsonFile(soundsFolder() / "videos.json");
  return json;
}

int brightness(const Image& image, int y, int x) {
  return image.row(y)[3 * x];
}

/// The number that a frame's brightness tells: below its middle no frame is white.
long numberOf(const Image& image) {
  const int grey = brightness(image, image.height / 2 + 2, image.width / 2 + 2);
  // Video has 16 for black and 235 for white.
  return std::lround((grey * 219.0 / 255 + 16 - 30) / 8);
}

std::vector<long> numbersOf(const std::vector<Image>& images) {
  std::vector<long> numbers;
  for (const Image& image : images) numbers.push_back(numberOf(image));
  return numbers;
}

void addVideos() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<int>("orientation");
  for (const auto& one : videos()) {
    const auto name = one["name"].get<std::string>();
    QTest::newRow(name.c_str()) << QString::fromStdString(name) << one["orientation"].get<int>();
  }
}

void expectError(const std::filesystem::path& path, const QString& says) {
  try {
    VideoReader::open(path);
    QFAIL("no error");
  } catch (const Error& error) {
    QVERIFY2(QString(error.what()).startsWith(QString::fromStdString(path.string()) + ": " + says),
             error.what());
  }
}

}  // namespace

/// Video files of many kinds, whose frames tell their numbers by their brightness.
class VideoTest : public QObject {
  Q_OBJECT

 private slots:
  void FramesAreCountedAndUpright_data() { addVideos(); }
  void FramesAreCountedAndUpright() {
    QFETCH(QString, name);
    QFETCH(int, orientation);
    VideoReader reader = VideoReader::open(file(name.toStdString()));
    QCOMPARE(reader.info().frames, kFrames);
    QCOMPARE(reader.info().framesPerSecond, 10.0);
    const Image first = reader.frames(std::vector<std::int64_t>{0}).front();
    QCOMPARE(first.size(), reader.info().size);
    QCOMPARE(first.height > first.width, orientation == 8);
    // Where the corner that was stored at the upper left must be.
    const bool isRight = orientation == 3, isBelow = orientation == 3 || orientation == 8;
    QVERIFY(brightness(first, isBelow ? first.height - 3 : 2, isRight ? first.width - 3 : 2) > 180);
    QVERIFY(brightness(first, isBelow ? 2 : first.height - 3, isRight ? 2 : first.width - 3) < 80);
  }
  void FramesComeInTheOrderOfShowing_data() { addVideos(); }
  void FramesComeInTheOrderOfShowing() {
    QFETCH(QString, name);
    VideoReader reader = VideoReader::open(file(name.toStdString()));
    std::vector<std::int64_t> all(kFrames);
    std::iota(all.begin(), all.end(), 0);
    const std::vector<long> expected(all.begin(), all.end());
    QVERIFY(numbersOf(reader.frames(all)) == expected);
  }
  void FramesAreFoundByNumber_data() { addVideos(); }
  void FramesAreFoundByNumber() {
    QFETCH(QString, name);
    VideoReader reader = VideoReader::open(file(name.toStdString()));
    // Forwards over key frames, one twice, and back.
    const std::vector<std::vector<std::int64_t>> asked{{3, 4, 17, 17, 23}, {0, 9}, {20}, {19}, {8}};
    for (const auto& indices : asked)
      QVERIFY2(
          numbersOf(reader.frames(indices)) == std::vector<long>(indices.begin(), indices.end()),
          qPrintable(QString::number(indices.front())));
  }
  void FramesAreFoundByTime_data() { addVideos(); }
  void FramesAreFoundByTime() {
    QFETCH(QString, name);
    const VideoReader reader = VideoReader::open(file(name.toStdString()));
    QCOMPARE(reader.indexAt(0), std::int64_t{0});
    QCOMPARE(reader.indexAt(1.25), std::int64_t{12});
    QCOMPARE(reader.indexAt(1.3), std::int64_t{13});
    QCOMPARE(reader.indexAt(1000), kFrames - 1);
    QVERIFY_EXCEPTION_THROWN(reader.indexAt(-1), Error);
  }
  void FramesAreSpreadEvenly() {
    QVERIFY(media::evenFrames(10, 4) == (std::vector<std::int64_t>{0, 2, 5, 7}));
    QVERIFY_EXCEPTION_THROWN(media::evenFrames(3, 4), Error);
    QVERIFY_EXCEPTION_THROWN(media::evenFrames(3, 0), Error);
  }
  void FramesThatAreNotThereAreRefused() {
    VideoReader reader = VideoReader::open(file("plain.mp4"));
    for (const auto& indices : std::vector<std::vector<std::int64_t>>{{24}, {-1}, {3, 2}})
      QVERIFY_EXCEPTION_THROWN(reader.frames(indices), Error);
  }
  void LargeFramesAreRefused() {
    try {
      VideoReader::open(file("plain.mp4"), 1000);
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY2(
          QString(error.what()).endsWith("has frames of 48 x 32 pixels; expected at most 1000"),
          error.what());
    }
  }
  void SoundIsNoVideo() { expectError(file("mono.mp3"), "has no picture track"); }
  void EmptyFileIsNamed() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("a.mp4").toStdString();
    std::ofstream(path).flush();
    expectError(path, "is empty; expected a sound or video file");
  }
  void VideoThatIsCutGivesWhatIsThere() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("a.mpg").toStdString();
    std::ofstream(path, std::ios::binary) << readTextFile(file("plain.webm")).substr(0, 700);
    VideoReader reader = VideoReader::open(path);
    QVERIFY(reader.info().frames > 1 && reader.info().frames < kFrames);
    QCOMPARE(numberOf(reader.frames(std::vector<std::int64_t>{1}).front()), 1L);
  }
  void CancelledDecodingEnds() {
    VideoReader reader = VideoReader::open(file("plain.mp4"));
    CancelToken token;
    token.cancel();
    QVERIFY_EXCEPTION_THROWN(reader.frames(std::vector<std::int64_t>{5}, token), Error);
  }
};

ORRERY_TEST(VideoTest)
#include "video_test.moc"
