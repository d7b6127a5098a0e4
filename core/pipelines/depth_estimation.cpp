#include "core/pipelines/vision_model.h"

namespace orrery::pipelines {
namespace {

struct DepthOptions {
  static void fields(auto&, auto&) {}
};

class DepthEstimation : public Pipeline {
 public:
  explicit DepthEstimation(PipelineParts parts) : vision_(std::move(parts)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    readOptions<DepthOptions>(given);
    const processors::Features features = vision_.prepare(input.as<Picture>());
    context.cancel.throwIfCancelled();
    const at::Tensor depth =
        resizedMap(requireOutput(vision_.forward(features), "predicted_depth")[0].to(at::kFloat),
                   features.originalSizes.front());
    const float* values = depth.data_ptr<float>();
    return DepthMap{depth.size(0), depth.size(1), {values, values + depth.numel()}};
  }

 private:
  VisionModel vision_;
};

}  // namespace

void addDepthEstimation(TaskRegistry& registry) {
  registry.add({.name = "depth-estimation",
                .aliases = {},
                .description = "How far or near each pixel of a picture is",
                .classEndings = {"ForDepthEstimation"},
                .takesPictures = true,
                .options = describeOptions<DepthOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<DepthEstimation>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
