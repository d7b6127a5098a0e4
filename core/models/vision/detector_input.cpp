#include "core/models/vision/detector_input.h"

#include "core/base/error.h"

namespace orrery::models::vision {

DetectorInput detectorInput(const TensorMap& inputs, std::int64_t channels) {
  checkInputs(inputs, {"pixel_values", "pixel_mask"});
  const at::Tensor pixels = requireImages(inputs, channels);
  const nn::Shape shape{pixels.size(0), pixels.size(2), pixels.size(3)};
  const at::Tensor mask = inputIf(inputs, "pixel_mask");
  if (!mask.defined()) return {pixels, at::ones(shape, at::kBool)};
  if (mask.sizes() != at::IntArrayRef(shape))
    throw Error(ErrorKind::kInvalidInput, "input \"pixel_mask\": expected {}, found {}",
                nn::shapeText(shape), nn::shapeText(mask.sizes().vec()));
  return {pixels, mask.ne(0)};
}

at::Tensor maskLike(const at::Tensor& mask, const at::Tensor& map) {
  return at::upsample_nearest2d(mask.unsqueeze(0).to(at::kFloat), map.sizes().slice(2))[0].ne(0);
}

}  // namespace orrery::models::vision
