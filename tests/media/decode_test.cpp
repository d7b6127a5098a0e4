#include <fstream>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/media/decode.h"
#include "tests/media/support.h"
#include "tests/support/test_main.h"

using namespace orrery;
using media::decodeImage;

namespace {

std::string contentOf(const std::string& name) {
  return readTextFile(test::mediaFolder() / "files" / name);
}

std::span<const std::byte> asBytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string errorOf(const std::string& content, std::uint64_t maxPixels = media::kMaxPixels) {
  try {
    decodeImage(asBytes(content), maxPixels);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// A TIFF of 16 x 16 grey pixels in one tile of `side` x `side`.
std::string tiffOfOneTile(std::uint32_t side) {
  const std::pair<std::uint16_t, std::uint32_t> tags[] = {
      {256, 16}, {257, 16},   {258, 8},    {259, 1}, {262, 1},
      {277, 1},  {322, side}, {323, side}, {324, 8}, {325, 16}};
  std::string file("II*\0\x08\0\0\0", 8);
  const auto put = [&file](auto number) {
    file.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  put(static_cast<std::uint16_t>(std::size(tags)));
  for (const auto& [tag, value] : tags) {
    constexpr std::uint16_t kLong = 4;
    put(tag), put(kLong), put(std::uint32_t{1}), put(value);
  }
  put(std::uint32_t{0});  // no further picture
  return file;
}

/// One of every format, in the order of media::ImageFormat.
constexpr const char* kOneOfEach[] = {"rgb_2.jpg", "rgb.png",      "lossy.webp",
                                      "rgb.bmp",   "tiff_lzw.tif", "p.gif"};

}  // namespace

class DecodeTest : public QObject {
  Q_OBJECT

 private slots:
  void EveryFileDecodesToPillowsBytes_data() {
    QTest::addColumn<QString>("name");
    const auto expected =
        checkpoint::SafetensorsFile::open(test::mediaFolder() / "decoded.safetensors");
    for (const auto& name : expected->names())
      QTest::newRow(name.c_str()) << QString::fromStdString(name);
  }
  void EveryFileDecodesToPillowsBytes() {
    QFETCH(QString, name);
    static const auto expected =
        checkpoint::SafetensorsFile::open(test::mediaFolder() / "decoded.safetensors");
    const auto image = media::readImage(test::mediaFolder() / "files" / name.toStdString());
    const std::string found = test::difference(image, *expected->find(name.toStdString()));
    QVERIFY2(found.empty(), found.c_str());
  }

  void FormatIsToldByContent() {
    for (std::size_t i = 0; i < std::size(kOneOfEach); ++i)
      QCOMPARE(media::imageFormat(asBytes(contentOf(kOneOfEach[i]))),
               std::optional(static_cast<media::ImageFormat>(i)));
    QVERIFY(!media::imageFormat({}));
  }

  void FileOfAnotherKindIsNamed() {
    const auto path = std::filesystem::temp_directory_path() / "orrery_no_image.png";
    std::ofstream(path) << "{\"a\": 1}";
    try {
      media::readImage(path);
      QFAIL("no error");
    } catch (const Error& error) {
      QCOMPARE(std::string(error.what()),
               path.string() +
                   ": is no image that can be read: expected JPEG, PNG, WebP, BMP, "
                   "TIFF or GIF");
    }
  }

  void EveryCutIsAnError() {
    for (const char* name : kOneOfEach) {
      const std::string content = contentOf(name);
      for (std::size_t size = 0; size < content.size() * 9 / 10; size += 1 + size / 7)
        QVERIFY2(errorOf(content.substr(0, size)) != "no error",
                 qPrintable(QString("%1 cut to %2").arg(name).arg(size)));
    }
    QVERIFY(errorOf(contentOf("rgb.png").substr(0, 2000)).find("PNG: is cut short") == 0);
  }

  void TooManyPixelsAreRefusedFromTheHeader() {
    for (const char* name : kOneOfEach) {
      const std::string error = errorOf(contentOf(name), 1000);
      QVERIFY2(error.find("says 61 x 45 pixels; at most 1000 are read") != error.npos,
               error.c_str());
    }
  }

  void HostileSizeTakesNoMemory() {
    std::string bomb = contentOf("rgb.bmp");
    for (const std::size_t at : {18, 22}) bomb.replace(at, 4, std::string("\xff\xff\xff\x7f", 4));
    QCOMPARE(errorOf(bomb),
             std::string("BMP: says 2147483647 x 2147483647 pixels; at most 178956970 are read"));
  }

  void HostileTilesTakeNoMemory() {
    const std::string error = errorOf(tiffOfOneTile(1 << 12), 1 << 18);
    QCOMPARE(error,
             std::string("TIFF: has strips or tiles of 16777216 bytes; at most 4194304 are read"));
    QVERIFY(errorOf(tiffOfOneTile(16)).find("tiles of") == std::string::npos);
  }

  void BrokenDataIsSaidSo() {
    std::string content = contentOf("rgb.png");
    content[content.find("IDAT") + 20] ^= 0x55;
    QVERIFY2(errorOf(content).find("PNG: is broken: ") == 0, errorOf(content).c_str());
  }
};

ORRERY_TEST(DecodeTest)
#include "decode_test.moc"
