#include <fstream>

#include "core/base/error.h"
#include "core/processors/image_processor.h"
// Behind LibTorch, whose headers use words that Qt's make macros.
#include <QTemporaryDir>

#include "tests/support/test_main.h"

using namespace orrery;
using processors::ImageProcessor;

namespace {

std::string errorOf(std::string_view text, media::Size size = {20, 30}) {
  const Json json = parseJson(text, "file");
  try {
    const std::vector<media::Image> images{media::Image(size, 3)};
    ImageProcessor::fromFile(JsonField(json, "file"), "/nowhere")->process(images);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// The error of a ViT processor whose file holds `members` too.
std::string vitError(const std::string& members) {
  return errorOf(R"({"image_processor_type": "ViTImageProcessor", )" + members + "}");
}

void compare(const std::string& found, const char* expected) {
  QCOMPARE(QString::fromStdString(found), QString(expected));
}

}  // namespace

/// Processor files that ask for what there is not, and pictures that a processor cannot take.
class BadProcessorFilesTest : public QObject {
  Q_OBJECT

 private slots:
  void UnknownTypeIsNamed() {
    const std::string error = errorOf(R"({"image_processor_type": "FooImageProcessor"})");
    QVERIFY2(error.starts_with("file: \"FooImageProcessor\" is no known image processor; there are "
                               "BeitImageProcessor, "),
             error.c_str());
  }
  void MissingTypeIsNamed() {
    compare(errorOf("{}"),
            "file: image_processor_type: is missing, and the model's type tells of no processor");
  }
  void UnknownFieldIsNamed() {
    compare(vitError(R"("do_sharpen": true)"),
            "file: \"do_sharpen\": no image processor knows this field");
  }
  void FieldOfAnotherTypeIsLet() { compare(vitError(R"("apply_ocr": true)"), "no error"); }
  void WrongTypeNamesTheField() {
    compare(vitError(R"("do_resize": "yes")"),
            "file.do_resize: expected true or false, found \"yes\"");
  }
  void UnknownFilterIsNamed() {
    compare(vitError(R"("resample": 9)"),
            "file.resample: expected one of Pillow's filters, 0 to 5, found 9");
  }
  void UnknownSizeKeyIsNamed() {
    const std::string error = vitError(R"("size": {"depth": 3})");
    QVERIFY2(error.starts_with("file.size: \"depth\" is no key of a size; expected "),
             error.c_str());
  }
  void HalfASizeIsRefused() {
    compare(vitError(R"("size": {"height": 3})"),
            "file.size: expected both height and width, found one of them");
  }
  void SizeOfAnotherKindIsRefused() {
    compare(errorOf(R"({"image_processor_type": "DPTImageProcessor",
                        "size": {"shortest_edge": 30}})"),
            "file: size: expected height and width");
  }
  void NegativeSizeIsRefused() {
    compare(vitError(R"("size": -4)"), "file.size: expected 1 to 1073741824, found -4");
  }
  void HugeSizeIsRefused() {
    compare(vitError(R"("size": 1000000)"),
            "a picture of 30 x 20 pixels would be resized to 1000000 x 1000000 by this processor");
  }
  void DivisionByZeroIsRefused() {
    compare(vitError(R"("image_std": [0.5, 0, 0.5])"),
            "file.image_std: expected numbers other than 0");
  }
  void NothingLeftOfAPictureIsAnError() {
    compare(errorOf(R"({"image_processor_type": "GLPNImageProcessor"})"),
            "a picture of 30 x 20 pixels would be resized to 0 x 0 by this processor");
  }
  void EndlessPictureIsRefused() {
    const std::string error =
        errorOf(R"({"image_processor_type": "Qwen2VLImageProcessor"})", {2, 1000});
    QVERIFY2(error.find("is too long: at most 200 times as long as wide") != error.npos,
             error.c_str());
  }
  void MattingWithoutTrimapIsRefused() {
    compare(errorOf(R"({"image_processor_type": "VitMatteImageProcessor"})"),
            "VitMatteImageProcessor needs a trimap for each picture: found 0 for 1 pictures");
  }
  void PicturesThatFitNoTensorAreRefused() {
    const Json json = parseJson(R"({"image_processor_type": "GLPNImageProcessor"})", "file");
    const auto processor = ImageProcessor::fromFile(JsonField(json, "file"), "/nowhere");
    const std::vector<media::Image> images{media::Image({64, 64}, 3), media::Image({64, 96}, 3)};
    QVERIFY_EXCEPTION_THROWN(processor->process(images), Error);
  }
  void FolderWithoutProcessorIsNamed() {
    QTemporaryDir folder;
    try {
      ImageProcessor::load(folder.path().toStdString());
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY(QString(error.what()).startsWith(folder.path() + ": has no image processor"));
    }
  }
  void ModelTypeStandsInForAMissingType() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    std::ofstream(path / "config.json") << R"({"model_type": "swin"})";
    std::ofstream(path / "preprocessor_config.json") << R"({"size": 8})";
    QCOMPARE(QByteArray(ImageProcessor::load(path)->type().data()),
             QByteArray("ViTImageProcessor"));
  }
  void NestedProcessorGoesFirst() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    std::ofstream(path / "processor_config.json")
        << R"({"image_processor": {"image_processor_type": "SiglipImageProcessorFast"}})";
    std::ofstream(path / "preprocessor_config.json")
        << R"({"image_processor_type": "ViTImageProcessor"})";
    QCOMPARE(QByteArray(ImageProcessor::load(path)->type().data()),
             QByteArray("SiglipImageProcessor"));
  }
};

ORRERY_TEST(BadProcessorFilesTest)
#include "bad_files_test.moc"
