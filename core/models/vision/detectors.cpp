#include "core/models/vision/detectors.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {

void registerDetectors(Families& families) {
  for (const char* type : {"conditional_detr", "detr", "table-transformer"})
    families[type] = makeDetr;
  families["deformable_detr"] = makeDeformableDetr;
  families["rt_detr"] = makeRtDetr;
  families["sam"] = makeSam;
  families["sam_vision_model"] = makeSamVision;
}

}  // namespace orrery::models::vision
