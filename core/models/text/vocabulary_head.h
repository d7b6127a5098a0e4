#pragma once

#include "core/models/text/encoder.h"

namespace orrery::models::text {

/// Scores of the vocabulary: decoder(norm(act(transform(x)))).
class VocabularyHead {
 public:
  /// `root` is the scope that holds the head, `encoder` what its matrix may be tied to.
  VocabularyHead(const nn::Weights& root, const EncoderConfig& config, const Encoder& encoder);

  /// x [..., hidden] → [..., vocab].
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  nn::Linear transform_, decoder_;
  nn::LayerNorm norm_;
  nn::Activation activation_;
};

}  // namespace orrery::models::text
