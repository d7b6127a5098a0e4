#include "core/models/vision/map_positions.h"

#include "core/base/error.h"
#include "core/models/vision/detr_layers.h"

namespace orrery::models::vision {
namespace {

constexpr std::int64_t kLearned = 50;  ///< rows and columns, in every checkpoint

}  // namespace

MapPositions::MapPositions(const nn::Weights& w, const Options& options) : options_(options) {
  if (!options.learned) return;
  const nn::Shape shape{kLearned, options.hidden / 2};
  rows_ = (w / "row_embeddings").tensor("weight", shape);
  columns_ = (w / "column_embeddings").tensor("weight", shape);
}

at::Tensor MapPositions::operator()(const at::Tensor& mask) const {
  const std::int64_t features = options_.hidden / 2;
  if (!options_.learned) return sinePositions(mask, features, options_.offset);
  const std::int64_t height = mask.size(1), width = mask.size(2);
  if (std::max(height, width) > kLearned)
    throw Error(ErrorKind::kInvalidInput,
                "the picture has {} by {} places; this model has learned {} by {}", width, height,
                kLearned, kLearned);
  const std::vector<std::int64_t> shape{height, width, features};
  return at::cat({columns_.narrow(0, 0, width).unsqueeze(0).expand(shape),
                  rows_.narrow(0, 0, height).unsqueeze(1).expand(shape)},
                 -1)
      .flatten(0, 1)
      .expand({mask.size(0), -1, -1});
}

}  // namespace orrery::models::vision
