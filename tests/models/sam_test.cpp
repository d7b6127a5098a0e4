// LibTorch before Qt, whose macro `slots` it would stumble over.
#include "core/models/vision/sam.h"

#include "core/checkpoint/checkpoint.h"
#include "core/models/auto_model.h"
#include "tests/support/test_main.h"

using namespace orrery;
using models::vision::SamModel;

namespace {

std::unique_ptr<models::Model> loadSam() {
  return models::loadModel(
      checkpoint::openCheckpoint(
          std::filesystem::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) /
          "models/SamModel"),
      {}, nn::Precision::kFloat32);
}

/// The error that `action` ends in.
template <class Action>
QString errorOf(Action action) {
  try {
    action();
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

}  // namespace

class SamTest : public QObject {
  Q_OBJECT

 private slots:
  void onePictureServesManyPrompts() {
    const auto model = loadSam();
    const auto* sam = dynamic_cast<const SamModel*>(model.get());
    QVERIFY(sam);
    const at::Tensor pixels = at::randn({1, 3, 40, 40});
    const at::Tensor picture = sam->embedImage(pixels);
    for (float at : {3.f, 21.f, 38.f}) {
      const at::Tensor click = at::full({1, 1, 1, 2}, at);
      const auto masks = sam->predictMasks(picture, {.points = click});
      const auto whole = sam->forward({{"pixel_values", pixels}, {"input_points", click}}, nullptr);
      QVERIFY(at::allclose(masks.logits, whole.at("pred_masks"), 1e-4, 1e-5));
      QVERIFY(at::allclose(masks.scores, whole.at("iou_scores"), 1e-4, 1e-5));
      QCOMPARE(masks.logits.sizes().vec(), (std::vector<std::int64_t>{1, 1, 3, 20, 20}));
    }
  }
  void pictureOfAnotherSizeIsNamed() {
    const auto model = loadSam();
    QVERIFY(errorOf([&] {
              model->forward({{"pixel_values", at::zeros({1, 3, 40, 48})}});
            }).contains("expected pictures of 40 by 40 pixels, found 48 by 40"));
  }
  void labelsWithoutTheirPointsAreNamed() {
    const auto model = loadSam();
    const models::TensorMap inputs{{"pixel_values", at::zeros({1, 3, 40, 40})},
                                   {"input_points", at::zeros({1, 1, 2, 2})},
                                   {"input_labels", at::ones({1, 1, 3}, at::kLong)}};
    QVERIFY(errorOf([&] {
              model->forward(inputs);
            }).contains("input \"input_labels\": expected one label for each of the points"));
  }
};

ORRERY_TEST(SamTest)
#include "sam_test.moc"
