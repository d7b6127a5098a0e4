#include "core/pipelines/vision_model.h"

namespace orrery::pipelines {
namespace {

struct ImageFeatureOptions {
  bool pool = false;

  static void fields(auto& f, auto& self) {
    f("pool", self.pool, "The pooler's output for the whole picture instead of each patch's");
  }
};

class ImageFeatureExtraction : public Pipeline {
 public:
  explicit ImageFeatureExtraction(PipelineParts parts) : vision_(std::move(parts)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<ImageFeatureOptions>(given);
    const processors::Features features = vision_.prepare(input.as<Picture>());
    context.cancel.throwIfCancelled();
    const at::Tensor hidden = requireOutput(vision_.forward(features),
                                            options.pool ? "pooler_output" : "last_hidden_state")
                                  .to(at::kFloat)
                                  .contiguous();
    const float* values = hidden.data_ptr<float>();
    return Features{hidden.sizes().vec(), {values, values + hidden.numel()}};
  }

 private:
  VisionModel vision_;
};

}  // namespace

void addImageFeatureExtraction(TaskRegistry& registry) {
  registry.add({.name = "image-feature-extraction",
                .aliases = {},
                .description = "The model's last hidden state for each patch of a picture",
                .classEndings = {},
                .takesPictures = true,
                .options = describeOptions<ImageFeatureOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<ImageFeatureExtraction>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
