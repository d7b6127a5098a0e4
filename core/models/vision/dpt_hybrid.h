#pragma once

#include "core/models/vision/backbone.h"
#include "core/models/vision/vit.h"

namespace orrery::models::vision {

/// DPT's encoder over the maps of a network of convolutions instead of over pixels (Ranftl et al.
/// 2021, DPT-Hybrid). As a backbone it gives that network's first two maps, then tokens after the
/// layers that the config names.
class DptHybrid : public Backbone {
 public:
  /// `config` is the whole model's, which `vit` was read from; `base` is the scope that holds
  /// `embeddings` and `encoder`.
  DptHybrid(const JsonField& config, const VitConfig& vit, const nn::Weights& base);

  std::vector<at::Tensor> forward(const at::Tensor& pixels,
                                  const nn::Observer* observer) const override;

  /// → the tokens after the last layer [batch, 1 + patches, hidden], before the final norm.
  at::Tensor last(const at::Tensor& pixels, const nn::Observer* observer) const;

 private:
  std::vector<at::Tensor> mapsOf(const at::Tensor& pixels, const nn::Observer* observer) const;
  at::Tensor embed(const at::Tensor& map) const;

  VitConfig config_;
  std::unique_ptr<Backbone> backbone_;
  nn::Conv2d projection_;
  at::Tensor classToken_;  ///< [1, 1, hidden]
  at::Tensor positions_;   ///< [1, 1 + patches, hidden], of the only size that pictures may have
  VitLayers layers_;
};

}  // namespace orrery::models::vision
