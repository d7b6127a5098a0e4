#include "core/models/timeseries/transformer_core.h"

#include "core/models/timeseries/series_families.h"
#include "core/models/timeseries/trajectory_decoder.h"

namespace orrery::models::timeseries {

DistillingLayer::DistillingLayer(const nn::Weights& weights, std::int64_t hidden)
    : weight_((weights / "downConv").tensor("weight", {hidden, hidden, 3})),
      bias_((weights / "downConv").tensor("bias", {hidden})),
      norm_(weights / "norm", hidden, /*eps=*/1e-5) {}

at::Tensor DistillingLayer::operator()(const at::Tensor& x, const Pass& pass) const {
  const at::Tensor channels = x.transpose(1, 2);
  const std::int64_t time = channels.size(2);
  const at::Tensor ring =
      at::cat({channels.narrow(2, time - 1, 1), channels, channels.narrow(2, 0, 1)}, 2);
  const at::Tensor y = norm_(at::conv1d(ring, weight_, bias_).transpose(1, 2), pass.training);
  return at::max_pool1d(at::elu(y).transpose(1, 2), {3}, {2}, {1}).transpose(1, 2);
}

TransformerCore::TransformerCore(const nn::Weights& weights, const TransformerConfig& config,
                                 const MakeMixer& encoderMixer, const MakeMixer& decoderMixer)
    : config_(config),
      encoderEmbedding_(weights / "encoder", config, 0),
      decoderEmbedding_(weights / "decoder", config, config.context) {
  const nn::Weights encoder = weights / "encoder";
  for (std::int64_t i = 0; i < config.encoder.layers; ++i) {
    encoder_.emplace_back(encoder / "layers" / i, config, encoderMixer);
    if (config.distil && i + 1 < config.encoder.layers)
      distilling_.emplace_back(encoder / "conv_layers" / i, config.hidden);
  }
  for (std::int64_t i = 0; i < config.decoder.layers; ++i)
    decoder_.emplace_back(weights / "decoder" / "layers" / i, config, decoderMixer);
}

at::Tensor TransformerCore::encode(const NetworkInputs& inputs, const Pass& pass) const {
  at::Tensor x = encoderEmbedding_(
      at::cat({inputs.lagged, inputs.features}, -1).narrow(1, 0, config_.context), pass);
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    if (!pass.skips(config_.encoder.layerDrop)) x = encoder_[i](x, pass);
    if (i < distilling_.size()) x = distilling_[i](x, pass);
  }
  return x;
}

at::Tensor TransformerCore::runDecoder(const at::Tensor& inputs, const at::Tensor& encoded,
                                       const Pass& pass) const {
  at::Tensor x = decoderEmbedding_(inputs, pass);
  const at::Tensor mask = nn::causalMask(x.size(1), 0, 0, 0, {});
  for (const DecoderLayer& layer : decoder_)
    if (!pass.skips(config_.decoder.layerDrop)) x = layer(x, encoded, mask, pass);
  return x;
}

TensorMap TransformerCore::decode(const NetworkInputs& inputs, const at::Tensor& encoded,
                                  const Pass& pass) const {
  const at::Tensor all = at::cat({inputs.lagged, inputs.features}, -1);
  // Without a future the reference decodes one step of zeros.
  const at::Tensor steps = inputs.future ? all.narrow(1, config_.context, config_.prediction)
                                         : at::zeros({all.size(0), 1, all.size(2)}, at::kFloat);
  return {{"last_hidden_state", runDecoder(steps, encoded, pass)}};
}

at::Tensor TransformerCore::draw(const Drawing& drawing, const Pass& pass) const {
  const auto repeated = [&](const at::Tensor& x) { return x.repeat_interleave(drawing.count, 0); };
  const NetworkInputs& inputs = drawing.inputs;
  const at::Tensor loc = repeated(inputs.scale.loc), scale = repeated(inputs.scale.scale);
  const at::Tensor fixed = inputs.staticFeatures.unsqueeze(1).expand({-1, config_.prediction, -1});
  const at::Tensor features = repeated(at::cat({fixed, drawing.futureTimes}, -1));
  const std::int64_t past = inputs.pastScaled.size(1);
  const at::Tensor scaled =
      at::constant_pad_nd(repeated(inputs.pastScaled.movedim(1, -1)), {0, config_.prediction})
          .movedim(-1, 1);
  TrajectoryDecoder decoder(decoder_, drawing.encoded, drawing.count, config_.prediction);
  std::vector<at::Tensor> drawn;
  for (std::int64_t k = 0; k < config_.prediction; ++k) {
    const at::Tensor lagged = drawing.network.lags(scaled.narrow(1, 0, past + k), 1, 1);
    const at::Tensor x =
        decoderEmbedding_(at::cat({lagged, features.narrow(1, k, 1)}, -1), pass, k);
    const at::Tensor y = decoder.step(x.squeeze(1), pass).unsqueeze(1);
    drawn.push_back(drawing.head.distribution(y, loc, scale).sample(pass.random));
    scaled.narrow(1, past + k, 1).copy_((drawn.back() - loc) / scale);
  }
  return at::cat(drawn, 1);
}

std::unique_ptr<Model> makeTimeSeriesTransformer(const ModelSpec& spec) {
  return predictionModel(spec, [](const nn::Weights& weights, const TransformerConfig& config) {
    const auto full = [&](std::int64_t heads) -> MakeMixer {
      return [heads, &config](const nn::Weights& scope) {
        return std::make_unique<FullAttention>(scope, config, heads);
      };
    };
    return std::make_unique<TransformerCore>(weights, config, full(config.encoder.heads),
                                             full(config.decoder.heads));
  });
}

}  // namespace orrery::models::timeseries
