#pragma once

#include "core/models/vision/resize_like.h"
#include "core/nn/convolution.h"

namespace orrery::models::vision {

/// A convolution without bias, a batch norm and ReLU, as heads of dense prediction are built of.
class ConvModule {
 public:
  /// Takes `weights` / "conv" and `weights` / `norm`.
  ConvModule(const nn::Weights& weights, const char* norm, std::int64_t in, std::int64_t out,
             std::int64_t kernel);
  at::Tensor operator()(const at::Tensor& x) const { return convolution_(x).relu_(); }

 private:
  nn::ConvBatchNorm2d convolution_;
};

/// What a head of semantic segmentation is built from.
struct SegmentationHeadConfig {
  std::vector<std::int64_t> in;  ///< channels of each map
  std::int64_t channels = 0;     ///< of what it computes in between
  std::int64_t labels = 0;
  std::vector<std::int64_t> poolScales;  ///< UperHead: sides of the pooled maps
  const char* norm = "bn";               ///< how the checkpoint calls a batch norm
};

/// Unified perceptual parsing (Xiao et al. 2018): the pooled pyramid of the coarsest map, added
/// from there to the finest.
class UperHead {
 public:
  UperHead(const nn::Weights& weights, const SegmentationHeadConfig& config);
  /// Maps from fine to coarse, each [batch, in_i, height_i, width_i] → [batch, labels, height_0,
  /// width_0].
  at::Tensor operator()(const std::vector<at::Tensor>& maps) const;

 private:
  at::Tensor pooled(const at::Tensor& coarsest) const;

  std::vector<std::int64_t> poolScales_;
  std::vector<ConvModule> pools_, laterals_, outs_;
  std::vector<ConvModule> bottlenecks_;  ///< of the pooled pyramid, of all maps
  nn::Conv2d classifier_;
};

}  // namespace orrery::models::vision
