#pragma once

#include "core/models/vision/detr_layers.h"
#include "core/models/vision/rt_detr_config.h"
#include "core/nn/convolution.h"

namespace orrery::models::vision {

/// A convolution with its norm and activation, as RT-DETR names them.
struct ConvNormOptions {
  std::int64_t kernel = 1, stride = 1;
  std::string activation = "linear";
  double eps = 1e-5;
  const char *convolution = "conv", *norm = "norm";  ///< names in the checkpoint
};
nn::ConvBatchNorm2d convNorm(const nn::Weights& weights, std::int64_t in, std::int64_t out,
                             const ConvNormOptions& options);

/// RT-DETR's encoder: attention within the coarse levels, then one pass from coarse to fine and one
/// from fine to coarse.
class RtDetrEncoder {
 public:
  RtDetrEncoder(const nn::Weights& weights, const RtDetrConfig& config);
  ~RtDetrEncoder();

  /// Maps [batch, dim, rows, columns] from fine to coarse, each half of the one before → the same
  /// shapes. An Error tells that the picture does not halve that often.
  std::vector<at::Tensor> operator()(std::vector<at::Tensor> maps,
                                     const nn::Observer* observer) const;

 private:
  class FusingBlock;
  at::Tensor attend(std::size_t index, const at::Tensor& map, const nn::Observer* observer) const;

  RtDetrConfig config_;
  std::vector<std::vector<EncoderLayer>> attention_;  ///< of each level that has some
  std::vector<nn::ConvBatchNorm2d> lateral_, down_;
  std::vector<FusingBlock> toFine_, toCoarse_;
};

}  // namespace orrery::models::vision
