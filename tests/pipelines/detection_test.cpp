// LibTorch before Qt, whose macro `slots` it would stumble over.
#include "core/pipelines/detection.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/nn/weights.h"
#include "tests/support/test_main.h"

using namespace orrery;
using pipelines::DetectionScores;

namespace {

/// Random outputs of detectors and what the reference makes of them.
class Reference {
 public:
  Reference()
      : file_(checkpoint::SafetensorsFile::open(
            std::filesystem::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) /
            "pipelines/detections.safetensors")) {}
  at::Tensor operator()(const std::string& name) const { return nn::asTensor(*file_->find(name)); }

 private:
  std::shared_ptr<const checkpoint::SafetensorsFile> file_;
};

const std::vector<media::Size> kSizes{{480, 640}, {37, 1000}};

/// Compares the detections for the outputs called `name`.
void compare(const std::string& name, DetectionScores scores,
             const pipelines::DetectionOptions& options) {
  const Reference reference;
  const auto found = pipelines::detections(reference(name + ".logits"), reference(name + ".boxes"),
                                           kSizes, scores, options);
  QCOMPARE(found.size(), kSizes.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string prefix = fmt::format("{}.{}.", name, i);
    const at::Tensor score = reference(prefix + "scores"), label = reference(prefix + "labels"),
                     box = reference(prefix + "boxes");
    QVERIFY(score.numel() > 0);
    QCOMPARE(static_cast<std::int64_t>(found[i].size()), score.numel());
    for (std::size_t j = 0; j < found[i].size(); ++j) {
      const auto row = static_cast<std::int64_t>(j);
      QVERIFY(std::abs(found[i][j].score - score[row].item<float>()) < 1e-6);
      QCOMPARE(found[i][j].label, label[row].item<std::int64_t>());
      for (std::size_t k = 0; k < 4; ++k)
        QVERIFY(std::abs(found[i][j].box[k] -
                         box[row][static_cast<std::int64_t>(k)].item<float>()) < 1e-3);
    }
  }
}

}  // namespace

class DetectionTest : public QObject {
  Q_OBJECT

 private slots:
  void softmaxGivesTheBestClassOfEachQuery() {
    compare("Detr", DetectionScores::kSoftmax, {.threshold = 0.4});
  }
  void bestOfAllPairsOfQueryAndClass() {
    compare("ConditionalDetr", DetectionScores::kBestOfAll, {.threshold = 0.4, .topK = 11});
    compare("DeformableDetr", DetectionScores::kBestOfAll, {.threshold = 0.4});
  }
  void asManyPairsAsQueries() {
    compare("RTDetr", DetectionScores::kBestPerQuery, {.threshold = 0.4});
  }
  void masksComeBackInThePicturesSize() {
    const Reference reference;
    const at::Tensor picture =
        pipelines::masksOfPicture(reference("Sam.masks"), 64, {39, 64}, {30, 50});
    QVERIFY(at::allclose(picture, reference("Sam.picture"), 1e-5, 1e-5));
  }
  void anotherNumberOfSizesIsRefused() {
    QVERIFY_EXCEPTION_THROWN(pipelines::detections(at::zeros({3, 4, 5}), at::zeros({3, 4, 4}),
                                                   kSizes, DetectionScores::kSoftmax),
                             orrery::Error);
  }
  void modelTypeThatFindsNothingIsNamed() {
    QVERIFY_EXCEPTION_THROWN(pipelines::detectionScores("vit"), orrery::Error);
  }
};

ORRERY_TEST(DetectionTest)
#include "detection_test.moc"
