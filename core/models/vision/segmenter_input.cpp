#include "core/models/vision/segmenter_input.h"

namespace orrery::models::vision {

at::Tensor segmenterPixels(const TensorMap& inputs, const std::vector<std::string>& more) {
  std::vector<std::string> known{"pixel_values", "pixel_mask"};
  known.insert(known.end(), more.begin(), more.end());
  checkInputs(inputs, known);
  return requireImages(inputs, 0);
}

}  // namespace orrery::models::vision
