#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/media/decode.h"
#include "core/media/grey.h"
#include "core/nn/weights.h"
#include "core/processors/image_processor.h"
#include "tests/processors/reference_cases.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

/// What make_processors.py wrote.
const test::ReferenceCases cases("processors");

std::vector<media::Image> read(const Json& names) {
  std::vector<media::Image> images;
  for (const auto& name : names)
    images.push_back(media::readImage(cases.folder() / "images" / name.get<std::string>()));
  return images;
}

processors::Features run(const Json& one) {
  const auto backend =
      one["backend"] == "pil" ? processors::Backend::kPil : processors::Backend::kTorchvision;
  const auto processor =
      processors::ImageProcessor::load(cases.folder() / one["folder"].get<std::string>(), backend);
  std::vector<media::Image> trimaps;
  for (const auto& image : read(one.value("trimaps", Json::array())))
    trimaps.push_back(media::toGrey(image));
  return processor->process(read(one["images"]), trimaps);
}

}  // namespace

class ProcessorReferenceTest : public QObject {
  Q_OBJECT

 private slots:
  void TensorsAreTransformers_data() { cases.addRows(); }
  void TensorsAreTransformers() {
    QFETCH(int, index);
    const Json& one = cases.list()[index];
    const auto features = run(one);
    cases.compareAll(features.tensors, one);
    QCOMPARE(features.originalSizes.size(), one["images"].size());
    QCOMPARE(features.resizedSizes.size(), one["images"].size());
  }
};

ORRERY_TEST(ProcessorReferenceTest)
#include "reference_test.moc"
