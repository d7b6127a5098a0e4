#pragma once

#include "core/nn/weights.h"

namespace orrery::models::vision {

/// The places of a feature map: sines of the rows and columns that show the picture, or learned.
class MapPositions {
 public:
  struct Options {
    std::int64_t hidden = 0;
    bool learned = false;
    double offset = 0;  ///< off the count of rows and columns, which begins with 1, of the sines
  };
  MapPositions() = default;
  /// Takes `row_embeddings` and `column_embeddings` if they are learned.
  MapPositions(const nn::Weights& weights, const Options& options);

  /// mask [batch, rows, columns], true where the picture is → [batch, rows * columns, hidden]. An
  /// Error if more rows or columns are asked for than were learned.
  at::Tensor operator()(const at::Tensor& mask) const;

 private:
  Options options_;
  at::Tensor rows_, columns_;
};

}  // namespace orrery::models::vision
