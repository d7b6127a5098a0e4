#pragma once

#include <optional>

#include "core/models/text/t5.h"
#include "core/nn/linear.h"

namespace orrery::models::text {

/// Both stacks of T5 over one table of token embeddings; a decoder beside what its encoder made.
class T5Parts : public CrossDecoder {
 public:
  enum class Holds { kEncoder, kBoth, kBothWithHead };

  /// `base` is the scope that holds `shared`, `root` the one that holds the head.
  T5Parts(const nn::Weights& base, const nn::Weights& root, const T5Config& config, Holds holds);

  const T5Config& config() const { return config_; }
  /// ids [batch, time] → [batch, time, hidden].
  at::Tensor embed(const at::Tensor& ids) const override { return shared_(ids); }
  /// Of embeddings [batch, time, hidden]; `attentionMask` may be undefined.
  at::Tensor encode(const at::Tensor& embeddings, const at::Tensor& attentionMask,
                    const nn::Observer* observer) const {
    return encoder_.encode(embeddings, attentionMask, observer);
  }
  /// decode() of encoded [batch, keys, hidden], of which `attentionMask` [batch, keys] hides some.
  at::Tensor decode(const at::Tensor& ids, const at::Tensor& encoded,
                    const at::Tensor& attentionMask, const nn::Step& step) const;

  at::Tensor hiddenBeside(const CrossCache& cross, const at::Tensor& embeddings,
                          const nn::Step& step) const override;
  CrossCache crossCache(const at::Tensor& encoded) const override;
  at::Tensor head(const at::Tensor& hidden) const override;
  nn::SequenceCache newCache() const override;
  int vocabSize() const override { return static_cast<int>(config_.vocab); }
  int contextLength() const override { return 0; }  // distances, not positions: no limit

 private:
  T5Config config_;
  nn::Embedding shared_;
  T5Stack encoder_;
  std::optional<T5Stack> decoder_;
  nn::Linear head_;
};

}  // namespace orrery::models::text
