#include <QStringList>

#include "core/base/error.h"
#include "core/media/resize.h"
#include "tests/media/support.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

const checkpoint::SafetensorsFile& resized() {
  static const auto file =
      checkpoint::SafetensorsFile::open(test::mediaFolder() / "resized.safetensors");
  return *file;
}

media::Image sourceImage() {
  const auto view = *resized().find("source");
  media::Image image({static_cast<int>(view.shape[0]), static_cast<int>(view.shape[1])}, 3);
  std::memcpy(image.pixels.data(), view.data.data(), image.pixels.size());
  return image;
}

}  // namespace

class ResizeTest : public QObject {
  Q_OBJECT

 private slots:
  void EveryFilterGivesTheLibrarysBytes_data() {
    QTest::addColumn<QString>("name");
    for (const auto& name : resized().names())
      if (name != "source") QTest::newRow(name.c_str()) << QString::fromStdString(name);
  }
  void EveryFilterGivesTheLibrarysBytes() {
    QFETCH(QString, name);
    const QStringList parts = name.split('.');
    const auto filter = media::filterFromName(parts[1].toStdString());
    QVERIFY(filter.has_value());
    const auto arithmetic =
        parts[0] == "torch" ? media::Arithmetic::kTorch : media::Arithmetic::kPillow;
    const media::Image result =
        resize(sourceImage(), {parts[2].toInt(), parts[3].toInt()}, *filter, arithmetic);
    const std::string found = test::difference(result, *resized().find(name.toStdString()));
    QVERIFY2(found.empty(), found.c_str());
  }

  void GreyIsResizedLikeOneColour() {
    const media::Image source = sourceImage();
    media::Image green(source.size(), 1);
    for (std::size_t i = 0; i < green.pixels.size(); ++i)
      green.pixels[i] = source.pixels[3 * i + 1];
    const media::Image all = resize(source, {50, 70}, media::Filter::kBicubic);
    const media::Image one = resize(green, {50, 70}, media::Filter::kBicubic);
    for (std::size_t i = 0; i < one.pixels.size(); ++i)
      QCOMPARE(one.pixels[i], all.pixels[3 * i + 1]);
  }

  void NoPixelsAreRefused() {
    QVERIFY_EXCEPTION_THROWN(resize(sourceImage(), {0, 5}, media::Filter::kBox), Error);
  }

  void UnknownFiltersAreNone() {
    QVERIFY(!media::filterFromNumber(6) && !media::filterFromNumber(-1));
    QVERIFY(!media::filterFromName("sharp"));
  }
};

ORRERY_TEST(ResizeTest)
#include "resize_test.moc"
