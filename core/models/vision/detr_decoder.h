#pragma once

#include <memory>

#include "core/models/vision/detr_config.h"
#include "core/models/vision/detr_layers.h"

namespace orrery::models::vision {

/// What the encoder made of a batch of pictures.
struct DetrMemory {
  at::Tensor values;     ///< [batch, places, hidden]
  at::Tensor positions;  ///< the same
  at::Tensor mask;       ///< additive, [batch, 1, 1, places]
};

struct DetrDecoded {
  at::Tensor last;          ///< [batch, queries, hidden]
  at::Tensor intermediate;  ///< [layers, batch, queries, hidden] if the config asks for it
  at::Tensor references;    ///< [queries, batch, 2] of Conditional DETR: the middles of its queries
};

/// Turns object queries into descriptions of what is in the picture.
class DetrDecoder {
 public:
  virtual ~DetrDecoder() = default;
  /// `queryPositions` [queries, hidden] are what the queries are at first.
  virtual DetrDecoded forward(const DetrMemory& memory, const at::Tensor& queryPositions,
                              const nn::Observer* observer) const = 0;
};

/// The decoder of `weights` ("decoder"), as the config says.
std::unique_ptr<DetrDecoder> makeDetrDecoder(const nn::Weights& weights, const DetrConfig& config);

}  // namespace orrery::models::vision
