#include "core/models/vision/segmenters.h"

#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {

void registerSegmenters(Families& families) {
  families["mask2former"] = makeMask2Former;
  families["maskformer"] = makeMaskFormer;
  families["oneformer"] = makeOneFormer;
  families["upernet"] = makeUperNet;
}

at::Tensor segmenterPixels(const TensorMap& inputs, const std::vector<std::string>& more) {
  std::vector<std::string> known{"pixel_values", "pixel_mask"};
  known.insert(known.end(), more.begin(), more.end());
  checkInputs(inputs, known);
  return requireImages(inputs, 0);
}

}  // namespace orrery::models::vision
