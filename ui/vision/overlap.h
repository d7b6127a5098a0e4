#pragma once

#include <QString>
#include <vector>

#include "ui/vision/vision_state.h"

namespace orrery::ui {

/// How much two results agree about a class.
struct ClassOverlap {
  QString label;
  int inFirst = 0;  ///< masks of it
  int inSecond = 0;
  double overlap = 0;  ///< intersection over union of all pixels of the class; 0 if one has none

  bool operator==(const ClassOverlap&) const = default;
};

/// A row for each class of either result, those of the first first. Throws an Error of kind
/// kInvalidInput for masks that are broken or of different sizes.
std::vector<ClassOverlap> classOverlaps(const VisionResult& first, const VisionResult& second);

}  // namespace orrery::ui
