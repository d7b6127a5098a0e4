#include "core/models/vision/image_model.h"

#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/nn/linear.h"

namespace orrery::models::vision {
namespace {

class ImageModel : public Model {
 public:
  ImageModel(std::int64_t channels, ImageFunction run)
      : channels_(channels), run_(std::move(run)) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values"});
    return run_(requireImages(inputs, channels_), observer);
  }

 private:
  std::int64_t channels_;
  ImageFunction run_;
};

}  // namespace

std::unique_ptr<Model> imageModel(std::int64_t channels, ImageFunction run) {
  return std::make_unique<ImageModel>(channels, std::move(run));
}

std::unique_ptr<Model> imageModel(
    const ModelSpec& spec, const ImageHeads& heads,
    std::function<ImageFeatures(const at::Tensor&, const nn::Observer*)> features) {
  if (spec.className.ends_with("ForImageClassification")) {
    const nn::Linear classifier(spec.weights / heads.classifier, heads.width, heads.labels);
    return imageModel(heads.channels, [=](const at::Tensor& pixels, const nn::Observer* observer) {
      return TensorMap{{"logits", classifier(features(pixels, observer).pooled.flatten(1))}};
    });
  }
  if (!spec.className.ends_with("Model"))
    throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of {}",
                quoted(spec.className), spec.config.require<std::string>("model_type"));
  return imageModel(heads.channels, [=](const at::Tensor& pixels, const nn::Observer* observer) {
    const ImageFeatures found = features(pixels, observer);
    return TensorMap{{"last_hidden_state", found.last}, {"pooler_output", found.pooled}};
  });
}

}  // namespace orrery::models::vision
