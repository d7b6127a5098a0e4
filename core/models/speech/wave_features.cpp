#include "core/models/speech/wave_features.h"

#include "core/models/speech/frames.h"

namespace orrery::models::speech {

WaveFeatures::WaveFeatures(const nn::Weights& base, const WaveFeaturesConfig& c,
                           const char* convolutions)
    : kernels_(c.kernels),
      strides_(c.strides),
      activation_(nn::activation(c.activation)),
      projection_(base / "feature_projection.projection", c.widths.back(), c.hidden,
                  nn::Linear::Bias::kRequired) {
  std::int64_t in = 1;
  for (std::size_t i = 0; i < c.widths.size(); ++i) {
    const nn::Weights w = base / convolutions / "conv_layers" / static_cast<std::int64_t>(i);
    const std::int64_t out = c.widths[i];
    Layer layer;
    layer.convolution = nn::Conv1d(
        w / "conv", in, out, {.kernel = c.kernels[i], .stride = c.strides[i], .bias = c.bias});
    if (c.layerNorms)
      layer.norm.emplace(w / "layer_norm", out, 1e-5);
    else if (i == 0)
      layer.groupNorm.emplace(w / "layer_norm", out, out);
    layers_.push_back(std::move(layer));
    in = out;
  }
  if (c.projectionNorm) norm_.emplace(base / "feature_projection.layer_norm", in, c.normEps);
}

at::Tensor WaveFeatures::convolve(const Layer& layer, const at::Tensor& x) const {
  at::Tensor y = layer.convolution(x);
  if (layer.norm) y = (*layer.norm)(y.transpose(1, 2)).transpose(1, 2);
  if (layer.groupNorm) y = (*layer.groupNorm)(y);
  return activation_(y);
}

WaveFeatures::Frames WaveFeatures::operator()(const at::Tensor& wave) const {
  at::Tensor x = wave.unsqueeze(1);
  for (const Layer& layer : layers_) x = convolve(layer, x);
  x = x.transpose(1, 2).contiguous();
  if (norm_) x = (*norm_)(x);
  return {projection_(x), x};
}

at::Tensor WaveFeatures::lengths(at::Tensor lengths) const {
  for (std::size_t i = 0; i < kernels_.size(); ++i)
    lengths = convolvedLengths(lengths, kernels_[i], strides_[i]);
  return lengths;
}

WavePositions::WavePositions(const nn::Weights& w, const WavePositionsConfig& c)
    : kernel_(c.kernel), activation_(nn::activation(c.activation)) {
  nn::Convolution1dOptions options{.kernel = c.kernel, .padding = c.kernel / 2, .groups = c.groups};
  if (c.layers > 0) {
    for (std::int64_t i = 0; i < c.layers; ++i)
      convolutions_.emplace_back(w / "layers" / i / "conv", c.hidden, c.hidden, options);
    norm_ = nn::LayerNorm(w / "layers.0.layer_norm", c.hidden, 1e-5);
    return;
  }
  if (c.batchNorm)
    batchNorm_ = nn::BatchNorm2d(w / "batch_norm", c.hidden);
  else
    options.weightNorm = 2;
  convolutions_.emplace_back(w / "conv", c.hidden, c.hidden, options);
}

at::Tensor WavePositions::operator()(const at::Tensor& x) const {
  at::Tensor y = x.transpose(1, 2);
  if (batchNorm_.defined()) y = batchNorm_(y);
  for (const nn::Conv1d& convolution : convolutions_) {
    y = convolution(y);
    if (kernel_ % 2 == 0) y = y.narrow(2, 0, y.size(2) - 1);
    if (norm_.defined()) y = norm_(y.transpose(1, 2)).transpose(1, 2);
    y = activation_(y);
  }
  return y.transpose(1, 2);
}

}  // namespace orrery::models::speech
