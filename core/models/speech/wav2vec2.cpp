#include "core/models/speech/wav2vec2.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/models/speech/frames.h"

namespace orrery::models::speech {

Wav2Vec2::Wav2Vec2(const nn::Weights& base, const Wav2Vec2Config& c)
    : config_(c),
      features_(base, c.features),
      positions_(base / "encoder.pos_conv_embed", c.positions),
      norm_(base / "encoder.layer_norm", c.hidden, c.normEps) {
  const nn::Weights layers = base / "encoder.layers";
  for (std::int64_t i = 0; i < c.layers; ++i) layers_.emplace_back(layers / i, c);
  if (c.buckets > 0)
    distance_ = nn::RelativeBias(layers / "0.attention.rel_attn_embed", c.buckets, c.attentionHeads,
                                 c.maxDistance, /*bidirectional=*/true);
  if (c.maskToken) maskToken_ = base.tensorIf("masked_spec_embed", {c.hidden});
  const WaveAdapterConfig& a = c.adapter;
  if (a.layers > 0 && a.hidden != c.hidden) {
    adapterIn_ = nn::Linear(base / "adapter.proj", c.hidden, a.hidden);
    adapterNorm_ = nn::LayerNorm(base / "adapter.proj_layer_norm", a.hidden, 1e-5);
  }
  for (std::int64_t i = 0; i < a.layers; ++i)
    adapters_.emplace_back(
        base / "adapter.layers" / i / "conv", a.hidden, 2 * a.hidden,
        nn::Convolution1dOptions{.kernel = a.kernel, .stride = a.stride, .padding = 1});
}

void Wav2Vec2::takeAdapters(const nn::Weights& base) {
  const nn::Weights layers = base / "encoder.layers";
  for (std::size_t i = 0; i < layers_.size(); ++i)
    layers_[i].takeAdapter(layers / static_cast<std::int64_t>(i), config_);
}

at::Tensor Wav2Vec2::hideFrames(const at::Tensor& x, const at::Tensor& hidden) const {
  if (!hidden.defined() || !config_.hidesFrames) return x;
  if (!maskToken_.defined() || hidden.sizes() != x.sizes().slice(0, 2))
    throw Error(ErrorKind::kInvalidInput,
                "expected shape {} and a model with masked_spec_embed, found shape {}",
                nn::shapeText({x.size(0), x.size(1)}), nn::shapeText(hidden.sizes().vec()))
        .in("input \"mask_time_indices\"");
  return at::where(hidden.ne(0).unsqueeze(-1), maskToken_, x);
}

at::Tensor Wav2Vec2::encode(at::Tensor x, const at::Tensor& seen, const Input& input,
                            std::vector<at::Tensor>& states) const {
  x = zeroUnseen(x, seen);
  x = x + positions_(x);
  if (!config_.normBefore) x = norm_(x);
  WavePass pass{.mask = nn::paddingMask(seen), .observer = input.observer};
  if (distance_.defined()) pass.distance = distance_(x.size(1), x.size(1));
  if (input.states) states.push_back(x);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    at::Tensor map;
    x = layers_[i](x, pass, pass.observer ? &map : nullptr);
    if (input.states) states.push_back(x);
    if (!pass.observer) continue;
    (*pass.observer)(fmt::format("layers.{}.attention", i), map);
    (*pass.observer)(fmt::format("layers.{}.residual", i), x);
  }
  return config_.normBefore ? norm_(x) : x;
}

at::Tensor Wav2Vec2::adapt(at::Tensor x) const {
  if (adapters_.empty()) return x;
  if (adapterNorm_.defined()) x = adapterNorm_(adapterIn_(x));
  x = x.transpose(1, 2);
  for (const nn::Conv1d& layer : adapters_) x = at::glu(layer(x), 1);
  return x.transpose(1, 2).contiguous();
}

Wav2Vec2::Output Wav2Vec2::operator()(const Input& input) const {
  Output output;
  const WaveFeatures::Frames frames = features_(input.wave);
  output.features = frames.features;
  at::Tensor seen;
  at::Tensor& lengths = output.encoded.lengths;
  if (input.mask.defined()) {
    lengths = features_.lengths(input.mask.sum(-1));
    seen = firstFrames(lengths, frames.hidden.size(1));
  }
  const at::Tensor x = hideFrames(frames.hidden, input.hidden);
  output.encoded.last = adapt(encode(x, seen, input, output.encoded.states));
  if (lengths.defined())
    for (std::size_t i = 0; i < adapters_.size(); ++i)
      lengths = convolvedLengths(lengths, 1, config_.adapter.stride);
  return output;
}

}  // namespace orrery::models::speech
