#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/media/decode.h"
#include "core/media/grey.h"
#include "core/nn/weights.h"
#include "core/processors/image_processor.h"
#include "tests/processors/difference.h"
#include "tests/processors/support.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

using test::processorsFolder;

const checkpoint::SafetensorsFile& expected() {
  static const auto file =
      checkpoint::SafetensorsFile::open(processorsFolder() / "expected.safetensors");
  return *file;
}

const Json& cases() {
  static const Json json = readJsonFile(processorsFolder() / "cases.json");
  return json;
}

std::vector<media::Image> read(const Json& names) {
  std::vector<media::Image> images;
  for (const auto& name : names)
    images.push_back(media::readImage(processorsFolder() / "images" / name.get<std::string>()));
  return images;
}

processors::Features run(const Json& one) {
  const auto backend =
      one["backend"] == "pil" ? processors::Backend::kPil : processors::Backend::kTorchvision;
  const auto processor = processors::ImageProcessor::load(
      processorsFolder() / one["folder"].get<std::string>(), backend);
  std::vector<media::Image> trimaps;
  for (const auto& image : read(one.value("trimaps", Json::array())))
    trimaps.push_back(media::toGrey(image));
  return processor->process(read(one["images"]), trimaps);
}

}  // namespace

class ProcessorReferenceTest : public QObject {
  Q_OBJECT

 private slots:
  void TensorsAreTransformers_data() {
    QTest::addColumn<int>("index");
    int index = 0;
    for (const auto& one : cases())
      QTest::newRow(one["name"].get<std::string>().c_str()) << index++;
  }
  void TensorsAreTransformers() {
    QFETCH(int, index);
    const Json& one = cases()[index];
    const std::string prefix = one["name"].get<std::string>() + "/";
    const auto features = run(one);
    std::size_t compared = 0;
    for (const auto& name : expected().names()) {
      if (!name.starts_with(prefix)) continue;
      const auto found = features.tensors.find(name.substr(prefix.size()));
      QVERIFY2(found != features.tensors.end(), name.c_str());
      const std::string other =
          test::difference(found->second, nn::asTensor(*expected().find(name)));
      QVERIFY2(other.empty(), (name + ": " + other).c_str());
      ++compared;
    }
    QCOMPARE(features.tensors.size(), compared);
    QCOMPARE(features.originalSizes.size(), one["images"].size());
    QCOMPARE(features.resizedSizes.size(), one["images"].size());
  }
};

ORRERY_TEST(ProcessorReferenceTest)
#include "reference_test.moc"
