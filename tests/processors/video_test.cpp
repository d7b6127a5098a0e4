#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/nn/weights.h"
#include "core/processors/video_processor.h"
#include "tests/processors/reference_cases.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::processors;

namespace {

/// What make_videos.py wrote.
const test::ReferenceCases cases("videos");

std::vector<media::Image> framesOf(const std::string& video,
                                   std::span<const std::int64_t> indices) {
  const at::Tensor all = cases.tensor("video/" + video);
  const media::Size size{static_cast<int>(all.size(1)), static_cast<int>(all.size(2))};
  std::vector<media::Image> frames;
  for (const std::int64_t index : indices) {
    frames.emplace_back(size, 3);
    const at::Tensor frame = all[index].contiguous();
    std::copy_n(frame.const_data_ptr<std::uint8_t>(), frame.numel(), frames.back().pixels.data());
  }
  return frames;
}

VideoOptions optionsOf(const Json& json) {
  const JsonField field(json, "options");
  VideoOptions options;
  if (field.has("do_sample_frames"))
    options.doSampleFrames = field.require<bool>("do_sample_frames");
  if (field.has("num_frames")) options.numFrames = field.require<std::int64_t>("num_frames");
  if (field.has("fps")) options.fps = field.require<double>("fps");
  return options;
}

std::string errorOf(const std::string& text, const VideoOptions& options = {}) {
  try {
    const Json json = parseJson(text, "file");
    const auto processor = VideoProcessor::fromFile(JsonField(json, "file"), "/nowhere");
    processor->sampledFrames({20, 10}, options);
    processor->process(std::vector<std::vector<media::Image>>{{media::Image({40, 60}, 3)}});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

/// Video processors against transformers.
class VideoProcessorTest : public QObject {
  Q_OBJECT

 private slots:
  void TensorsAreTransformers_data() { cases.addRows(); }
  void TensorsAreTransformers() {
    QFETCH(int, index);
    const Json& one = cases.list()[index];
    const auto processor = VideoProcessor::load(cases.folder() / one["folder"].get<std::string>());
    std::vector<std::vector<media::Image>> videos;
    for (const auto& name : one["videos"]) {
      const auto wanted = one["frames"][videos.size()].get<std::vector<std::int64_t>>();
      const auto length = cases.tensors().find("video/" + name.get<std::string>())->shape.at(0);
      const auto indices =
          processor->sampledFrames({length, one["fps"].get<double>()}, optionsOf(one["options"]));
      QVERIFY(indices == wanted);
      videos.push_back(framesOf(name, indices));
    }
    const auto tensors = processor->process(videos);
    cases.compareAll(tensors, one);
  }
  void FaultsAreNamed_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    const auto add = [](const char* name, const char* text, const char* says) {
      QTest::newRow(name) << text << says;
    };
    add("unknown type", R"({"video_processor_type": "FooVideoProcessor"})",
        "file: \"FooVideoProcessor\" is no known video processor; there are Qwen2VLVideoProcessor");
    add("no type", "{}", "file: video_processor_type: is missing");
    add("unknown field", R"({"video_processor_type": "SmolVLMVideoProcessor", "speed": 2})",
        "file: \"speed\": no video processor knows this field");
    add("nothing to sample by",
        R"({"video_processor_type": "SmolVLMVideoProcessor", "do_sample_frames": true})",
        "num_frames and fps are needed to sample frames");
    add("too many frames",
        R"({"video_processor_type": "Qwen2VLVideoProcessor", "do_sample_frames": true,
            "num_frames": 22})",
        "22 frames are to be taken of a video of 20");
    add("no frames",
        R"({"video_processor_type": "Qwen2VLVideoProcessor", "do_sample_frames": true,
            "num_frames": 0})",
        "num_frames: expected at least 1, found 0");
    add("no square",
        R"({"video_processor_type": "SmolVLMVideoProcessor", "max_image_size": {"height": 4,
            "width": 4}})",
        "file: max_image_size: expected longest_edge of 1 to 8192");
  }
  void FaultsAreNamed() {
    QFETCH(QString, text);
    QFETCH(QString, says);
    const std::string error = errorOf(text.toStdString());
    QVERIFY2(error.starts_with(says.toStdString()), error.c_str());
  }
  void FramesOfDifferentSizesAreRefused() {
    const Json json = parseJson(R"({"video_processor_type": "SmolVLMVideoProcessor"})", "file");
    const auto processor = VideoProcessor::fromFile(JsonField(json, "file"), "/nowhere");
    const std::vector<std::vector<media::Image>> mixed{
        {media::Image({20, 30}, 3), media::Image({30, 20}, 3)}};
    QVERIFY_EXCEPTION_THROWN(processor->process(mixed), Error);
    QVERIFY_EXCEPTION_THROWN(processor->process({}), Error);
  }
};

ORRERY_TEST(VideoProcessorTest)
#include "video_test.moc"
