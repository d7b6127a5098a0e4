#pragma once

#include "core/nn/activation.h"
#include "core/nn/convolution.h"
#include "core/nn/linear.h"

namespace orrery::models::vision {

/// DETR's masks: where in the picture each query looks, refined with the backbone's finer feature
/// maps.
class DetrMaskHead {
 public:
  struct Sizes {
    std::int64_t hidden = 0, heads = 0;
    std::string activation;
    std::vector<std::int64_t> backbone;  ///< channels of its maps, from fine to coarse
  };
  /// Takes `bbox_attention` and `mask_head` of `weights`. An Error names a backbone that has too
  /// few maps.
  DetrMaskHead(const nn::Weights& weights, const Sizes& sizes);

  struct Input {
    at::Tensor queries;            ///< [batch, queries, hidden]: the decoder's
    at::Tensor memory;             ///< [batch, hidden, rows, columns]: the encoder's
    at::Tensor mask;               ///< [batch, rows, columns] bool: true where the picture is
    at::Tensor projected;          ///< [batch, hidden, rows, columns]: what went into the encoder
    std::vector<at::Tensor> maps;  ///< the backbone's, from fine to coarse
  };
  /// → logits [batch, queries, rows, columns] as fine as the finest map.
  at::Tensor operator()(const Input& input) const;

 private:
  struct Block {
    nn::Conv2d convolution;
    nn::GroupNorm norm;
  };
  at::Tensor look(const Input& input) const;
  at::Tensor refine(at::Tensor x, const std::vector<at::Tensor>& finer) const;

  std::int64_t heads_ = 1;
  nn::Linear query_, key_;
  std::vector<Block> blocks_;         ///< two at the coarsest size, one for each finer one
  std::vector<nn::Conv2d> adapters_;  ///< of the finer maps
  nn::Conv2d out_;
  nn::Activation activation_ = nullptr;
};

}  // namespace orrery::models::vision
