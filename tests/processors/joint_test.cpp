#include "core/base/error.h"
#include "core/base/file.h"
#include "core/chat/pictures.h"
#include "core/chat/template_source.h"
#include "core/checkpoint/safetensors.h"
#include "core/media/decode.h"
#include "core/nn/weights.h"
#include "core/processors/joint_processor.h"
#include "tests/processors/reference_cases.h"
#include "tests/support/test_main.h"

#include <QTemporaryDir>

using namespace orrery;

namespace {

namespace fs = std::filesystem;

/// What make_joint.py wrote.
const test::ReferenceCases cases("joint");

std::vector<media::Image> read(const Json& names) {
  std::vector<media::Image> images;
  for (const auto& name : names)
    images.push_back(media::readImage(cases.folder() / "images" / name.get<std::string>()));
  return images;
}

std::map<std::string, at::Tensor> run(const std::string& folder, const Json& texts,
                                      const Json& images) {
  const auto processor = processors::JointProcessor::load(cases.folder() / folder);
  auto features = processor->process(texts.get<std::vector<std::string>>(), read(images));
  features.texts.merge(features.pictures.tensors);
  return features.texts;
}

std::map<std::string, at::Tensor> runChat(const Json& one) {
  const fs::path folder = cases.folder() / one["folder"].get<std::string>();
  const OrderedJson messages = chat::withImageParts(OrderedJson(one["messages"]));
  const std::string prompt = chat::readTemplates(folder).parse("", false).render(messages, {}, {});
  if (prompt != one["text"]) throw Error(ErrorKind::kInternal, "rendered as {}", prompt);
  std::vector<media::Image> pictures;
  for (const auto& file : chat::pictureFiles(messages)) pictures.push_back(media::readImage(file));
  auto features = processors::JointProcessor::load(folder)->processChat(prompt, pictures);
  features.texts.merge(features.pictures.tensors);
  return features.texts;
}

/// The Error that it ends in; empty without one.
std::string errorOf(const std::string& folder, const Json& texts, const Json& images) {
  try {
    run(folder, texts, images);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// A copy of a folder in which one file is another.
struct Changed {
  QTemporaryDir folder;
  Changed(const char* from, const char* file, std::string_view content) {
    fs::copy(cases.folder() / from, path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    writeFileAtomically(path() / file, content);
  }
  fs::path path() const { return folder.path().toStdString(); }
  std::string error() const {
    try {
      processors::JointProcessor::load(path());
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }
};

}  // namespace

class JointProcessorTest : public QObject {
  Q_OBJECT

 private slots:
  void TensorsAreTransformers_data() { cases.addRows(); }
  void TensorsAreTransformers() {
    QFETCH(int, index);
    const Json& one = cases.list()[index];
    const auto tensors =
        one.contains("messages") ? runChat(one) : run(one["folder"], one["texts"], one["images"]);
    cases.compareAll(tensors, one);
  }
  void NumberOfPicturesMustMatchThePlaces() {
    QCOMPARE(errorOf("llava", {"<image> and <image>"}, {"wide.png"}),
             std::string("the text has 2 places for pictures (<image>), but there are 1 pictures"));
    QCOMPARE(errorOf("idefics3", {"no place"}, {"wide.png"}),
             std::string("the text has 0 places for pictures (<image>), but there are 1 pictures"));
    QCOMPARE(errorOf("paligemma", {"no picture"}, Json::array()),
             std::string("PaliGemmaProcessor needs a picture"));
  }
  void TextsWithPlacesComeOneByOne() {
    QCOMPARE(errorOf("qwen2_vl", {"one", "two"}, Json::array()),
             std::string("Qwen2VLProcessor takes one text, found 2"));
  }
  void CuttingOffPicturesIsRefused() {
    const auto processor = processors::JointProcessor::load(cases.folder() / "llava");
    const std::string text = "<image>";
    processors::JointOptions options;
    options.truncation = tokenizers::Truncation{.maxLength = 5};
    QVERIFY_EXCEPTION_THROWN(processor->process({&text, 1}, read({"wide.png"}), options), Error);
  }
  void FaultsOfFilesAreNamed_data() {
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("content");
    QTest::addColumn<QString>("says");
    const auto add = [](const char* name, const char* from, const char* file, const char* content,
                        const char* says) {
      QTest::newRow(name) << from << file << content << says;
    };
    add("unknown class", "llava", "processor_config.json", R"({"processor_class": "NoProcessor"})",
        "processor_class: \"NoProcessor\" is no known processor");
    add("missing field", "llava", "processor_config.json",
        R"({"processor_class": "LlavaProcessor", "image_processor": {"image_processor_type":
            "LlavaImageProcessor"}})",
        "field \"patch_size\" is missing");
    add("out of range", "idefics3", "processor_config.json",
        R"({"processor_class": "Idefics3Processor", "image_seq_len": 1000000000,
            "image_processor": {"image_processor_type": "Idefics3ImageProcessor"}})",
        "image_seq_len: expected 1 to 65536, found 1000000000");
    add("token is missing", "clip", "processor_config.json",
        R"({"processor_class": "LlavaProcessor", "patch_size": 4, "image_processor":
            {"image_processor_type": "LlavaImageProcessor"}})",
        "has no token \"<image>\"");
  }
  void FaultsOfFilesAreNamed() {
    QFETCH(QString, from);
    QFETCH(QString, file);
    QFETCH(QString, content);
    QFETCH(QString, says);
    const Changed changed(qPrintable(from), qPrintable(file), content.toStdString());
    const std::string error = changed.error();
    QVERIFY2(error.find(says.toStdString()) != error.npos, error.c_str());
  }
};

ORRERY_TEST(JointProcessorTest)
#include "joint_test.moc"
