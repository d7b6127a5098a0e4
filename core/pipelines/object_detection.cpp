#include "core/models/model_config.h"
#include "core/pipelines/detection.h"
#include "core/pipelines/vision_model.h"

namespace orrery::pipelines {
namespace {

struct ObjectDetectionOptions {
  double threshold = 0.5;

  static void fields(auto& f, auto& self) {
    f("threshold", self.threshold, "Least score of what is returned");
  }
};

class ObjectDetection : public Pipeline {
 public:
  explicit ObjectDetection(PipelineParts parts)
      : vision_(std::move(parts)),
        scores_(detectionScores(models::modelTypeOf(vision_.config()))) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<ObjectDetectionOptions>(given);
    const processors::Features features = vision_.prepare(input.as<Picture>());
    context.cancel.throwIfCancelled();
    const models::TensorMap outputs = vision_.forward(features);
    const auto found =
        detections(requireOutput(outputs, "logits"), requireOutput(outputs, "pred_boxes"),
                   features.originalSizes, scores_, {.threshold = options.threshold});
    std::vector<DetectedObject> result;
    for (const Detection& one : found.front())
      result.push_back({one.score, vision_.label(one.label), one.box});
    return result;
  }

 private:
  VisionModel vision_;
  DetectionScores scores_;
};

}  // namespace

void addObjectDetection(TaskRegistry& registry) {
  registry.add({.name = "object-detection",
                .aliases = {},
                .description = "Finds things in a picture: what they are and a box around each",
                .classEndings = {"ForObjectDetection"},
                .takesPictures = true,
                .options = describeOptions<ObjectDetectionOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<ObjectDetection>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
