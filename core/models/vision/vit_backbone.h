#pragma once

#include "core/models/vision/backbone.h"
#include "core/models/vision/vit_model.h"

namespace orrery::models::vision {

/// A model of the ViT family whose hidden states are maps for another one.
class VitBackbone : public Backbone {
 public:
  /// `base` is the scope that holds `embeddings` and `encoder`.
  VitBackbone(const VitConfig& config, const nn::Weights& base);

  std::vector<at::Tensor> forward(const at::Tensor& pixels,
                                  const nn::Observer* observer) const override;

  std::int64_t imageChannels() const { return vit_.config().embedding.channels; }

 private:
  Vit vit_;
  nn::LayerNorm norm_;  ///< where the config asks for it
};

/// Tokens [batch, leading + patches, hidden] without the leading ones, as the map [batch, hidden,
/// grid.height, grid.width].
at::Tensor mapOfTokens(const at::Tensor& tokens, std::int64_t leading, Size grid);

}  // namespace orrery::models::vision
