#pragma once

#include "core/models/multimodal/blip2_config.h"
#include "core/models/multimodal/towers.h"
#include "core/models/text/encoder_attention.h"

namespace orrery::models::multimodal {

/// BLIP-2's Q-Former: a few learned queries gather what a picture shows, and may see a text.
class QFormer {
 public:
  /// Takes `weights` / "qformer" and `weights` / "query_tokens".
  QFormer(const nn::Weights& weights, const QFormerConfig& config, bool withQueries = true);
  ~QFormer();
  QFormer(QFormer&&) noexcept;

  /// The queries for `batch` pictures, [batch, queries, hidden].
  at::Tensor queries(std::int64_t batch) const { return queries_.expand({batch, -1, -1}); }

  /// x [batch, time, hidden], of which the first `queries` look at seen [batch, keys, width]; the
  /// mask [batch, time] may be undefined. pooled: the first place.
  TowerOutput forward(const at::Tensor& x, std::int64_t queries, const at::Tensor& attentionMask,
                      const at::Tensor& seen) const;
  /// What the queries gather from seen [batch, keys, width].
  TowerOutput look(const at::Tensor& seen) const {
    return forward(queries(seen.size(0)), queries_.size(1), {}, seen);
  }

 private:
  class Layer;
  at::Tensor queries_;  ///< [1, queries, hidden]
  nn::LayerNorm norm_;
  std::vector<Layer> layers_;
};

}  // namespace orrery::models::multimodal
