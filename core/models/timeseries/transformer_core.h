#pragma once

#include "core/models/timeseries/prediction_model.h"
#include "core/nn/norm.h"

namespace orrery::models::timeseries {

/// Halves a sequence between two encoder layers of Informer.
class DistillingLayer {
 public:
  DistillingLayer(const nn::Weights& weights, std::int64_t hidden);
  /// [batch, time, hidden] → [batch, ceil(time / 2), hidden].
  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const;

 private:
  at::Tensor weight_, bias_;
  nn::SequenceBatchNorm norm_;
};

/// time_series_transformer and informer: they differ in the self-attention and in what lies between
/// encoder layers.
class TransformerCore : public SeriesCore {
 public:
  TransformerCore(const nn::Weights& weights, const TransformerConfig& config,
                  const MakeMixer& encoderMixer, const MakeMixer& decoderMixer);

  at::Tensor encode(const NetworkInputs& inputs, const Pass& pass) const override;
  TensorMap decode(const NetworkInputs& inputs, const at::Tensor& encoded,
                   const Pass& pass) const override;
  at::Tensor headInput(const TensorMap& decoded) const override {
    return decoded.at("last_hidden_state");
  }
  std::int64_t headWidth() const override { return config_.hidden; }
  at::Tensor draw(const Drawing& drawing, const Pass& pass) const override;

 private:
  at::Tensor runDecoder(const at::Tensor& inputs, const at::Tensor& encoded,
                        const Pass& pass) const;

  TransformerConfig config_;
  SequenceEmbedding encoderEmbedding_, decoderEmbedding_;
  std::vector<EncoderLayer> encoder_;
  std::vector<DistillingLayer> distilling_;
  std::vector<DecoderLayer> decoder_;
};

}  // namespace orrery::models::timeseries
