#pragma once

#include "core/models/text/vocabulary_head.h"

namespace orrery::models::text {

/// A model of BERT's kind whose tokens see those before them only, with the head of a language
/// model.
class EncoderAsDecoder : public CrossDecoder {
 public:
  /// `stack` is the scope that holds `embeddings`, `root` the one that holds the head.
  EncoderAsDecoder(const nn::Weights& stack, const nn::Weights& root, const EncoderConfig& config);

  at::Tensor embed(const at::Tensor& ids) const override { return encoder_.wordEmbeddings()(ids); }
  at::Tensor positions(const at::Tensor& ids, const at::Tensor& attentionMask) const override;
  at::Tensor positionsAt(const at::Tensor& ids, const at::Tensor& places) const override;
  at::Tensor hiddenBeside(const CrossCache& cross, const at::Tensor& embeddings,
                          const nn::Step& step) const override;
  CrossCache crossCache(const at::Tensor& encoded) const override;
  at::Tensor head(const at::Tensor& hidden) const override { return head_(hidden); }
  nn::SequenceCache newCache() const override;
  int vocabSize() const override { return static_cast<int>(config_.vocab); }
  int contextLength() const override;

 private:
  EncoderConfig config_;
  Encoder encoder_;
  VocabularyHead head_;
};

}  // namespace orrery::models::text
