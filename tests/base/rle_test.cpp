#include "core/base/rle.h"

#include <cmath>

#include "core/base/error.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

template <class Inside>
RleMask drawn(int height, int width, Inside inside) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) pixels.push_back(inside(x, y) ? 1 : 0);
  return rleFromPixels(pixels, height, width);
}

RleMask disc(int centreX, int centreY, int squaredRadius) {
  return drawn(61, 83, [=](int x, int y) {
    return (y - centreY) * (y - centreY) + (x - centreX) * (x - centreX) < squaredRadius;
  });
}

// What pycocotools 2.0 writes for the disc of (40, 30) and 500.
constexpr auto kDisc =
    "US17b18J4L4L4M2N2N2N2N2O0O2O0O2O0O2O00000O2O000000000001N1000001N101N101N101N2N2N2N2N3L4L4L6H"
    "]U1";

}  // namespace

class RleTest : public QObject {
  Q_OBJECT

 private slots:
  void countsAreThoseOfPycocotools() {
    QCOMPARE(drawn(4, 5, [](int x, int y) { return y >= 1 && y < 3 && x >= 2 && x < 4; }).counts,
             std::string("92203"));
    QCOMPARE(drawn(3, 2, [](int, int) { return false; }).counts, std::string("6"));
    QCOMPARE(drawn(3, 2, [](int, int) { return true; }).counts, std::string("06"));
    QCOMPARE(disc(40, 30, 500).counts, std::string(kDisc));
    const RleMask large =
        drawn(1000, 900, [](int x, int y) { return x == 1 || (x >= 400 && y >= 500); });
    QCOMPARE(large.counts.substr(0, 16), std::string("Xo0Xo0TUU<\\@`ZkC"));
    QCOMPARE(rleArea(large), std::int64_t{251000});
  }
  void pixelsComeBack() {
    const auto stripes = [](int x, int y) { return (x * 7 + y * 13) % 11 < 4; };
    const RleMask mask = drawn(61, 83, stripes);
    const auto pixels = rlePixels(mask);
    for (int y = 0; y < 61; ++y)
      for (int x = 0; x < 83; ++x)
        QCOMPARE(pixels[static_cast<std::size_t>(y * 83 + x)] == 1, stripes(x, y));
    QVERIFY(rleFromPixels(pixels, 61, 83) == mask);
    QVERIFY(rleFromRuns(rleRuns(mask), 61, 83) == mask);
  }
  void areaBoxAndOverlapAreThoseOfPycocotools() {
    const RleMask mask = disc(40, 30, 500);
    QCOMPARE(rleArea(mask), std::int64_t{1565});
    QCOMPARE(rleBox(mask), (std::array<int, 4>{18, 8, 45, 45}));
    QCOMPARE(rleBox(drawn(3, 2, [](int, int) { return false; })), (std::array<int, 4>{}));
    QVERIFY(std::abs(rleOverlap(mask, disc(50, 20, 700)) - 0.47684809) < 1e-8);
    QCOMPARE(rleOverlap(mask, mask), 1.0);
  }
  void countsThatDoNotFitAreRefused_data() {
    QTest::addColumn<QByteArray>("counts");
    QTest::addRow("cut inside a run") << QByteArray(kDisc, 1);
    QTest::addRow("too few pixels") << QByteArray(kDisc, 20);
    QTest::addRow("too many pixels") << QByteArray(kDisc) + "9";
    QTest::addRow("none") << QByteArray();
    QTest::addRow("a character below") << QByteArray("/");
    QTest::addRow("a character above") << QByteArray("p");
    QTest::addRow("negative") << QByteArray("O");
    QTest::addRow("endless") << QByteArray(40, 'o');
  }
  void countsThatDoNotFitAreRefused() {
    QFETCH(QByteArray, counts);
    QVERIFY_THROWS_EXCEPTION(Error, rlePixels({{61, 83}, counts.toStdString()}));
  }
  void sizesThatDoNotFitAreRefused() {
    QVERIFY_THROWS_EXCEPTION(Error, rleRuns({{-1, 83}, "0"}));
    QVERIFY_THROWS_EXCEPTION(Error, rleFromPixels(std::vector<std::uint8_t>(5), 2, 3));
    QVERIFY_THROWS_EXCEPTION(Error, rleOverlap({{1, 6}, "6"}, {{2, 3}, "6"}));
  }
};

ORRERY_TEST(RleTest)
#include "rle_test.moc"
