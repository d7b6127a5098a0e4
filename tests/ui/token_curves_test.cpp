#include "ui/plots/token_curves.h"

#include <QImage>
#include <QTemporaryDir>

#include "tests/support/test_main.h"
#include "ui/shell/theme.h"

using namespace orrery::ui;

namespace {

TokenCurve curve(const QString& name, std::vector<double> values) {
  return {name, values, values, values};
}

/// Pixels of a curve's colour in the written picture, below the columns' names.
int pixelsOf(const QImage& image, int series) {
  const QRgb color = theme().series(series).rgb();
  int count = 0;
  for (int y = image.height() / 3; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) count += image.pixel(x, y) == color ? 1 : 0;
  return count;
}

}  // namespace

class TokenCurvesTest : public QObject {
  Q_OBJECT

 private slots:
  void equalCurvesAreAllSeen() {
    QTemporaryDir folder;
    const QString path = folder.filePath("curves.png");
    const std::vector<double> values(50, 0.4);
    for (const int columns : {2, 4}) {
      TokenCurves curves;
      std::vector<TokenCurve> data;
      for (int i = 0; i < columns; ++i) data.push_back(curve(QString("column %1").arg(i), values));
      curves.setData(data, -1);
      QVERIFY(curves.writeImage(path));
      const QImage image(path);
      for (int i = 0; i < columns; ++i)
        QVERIFY2(pixelsOf(image, i) > 500, qPrintable(data[static_cast<std::size_t>(i)].name));
    }
  }
};

ORRERY_TEST(TokenCurvesTest)
#include "token_curves_test.moc"
