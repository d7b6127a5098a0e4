#include "core/models/speech/speecht5_nets.h"

#include <cmath>

#include "core/base/error.h"
#include "core/models/speech/frames.h"

namespace orrery::models::speech {

using nn::Linear;
using nn::Weights;

namespace {

const double kLogPeriod = std::log(10000.0);

}  // namespace

at::Tensor sinusoids(const at::Tensor& positions, std::int64_t hidden, std::int64_t first) {
  const std::int64_t half = hidden / 2;
  const at::Tensor rates =
      at::exp(at::arange(half, at::kFloat) * -(kLogPeriod / static_cast<double>(half - 1)));
  const at::Tensor angles = (positions + first).to(at::kFloat).unsqueeze(-1) * rates;
  return at::cat({at::sin(angles), at::cos(angles)}, -1) * positions.ge(0).unsqueeze(-1);
}

ScaledPositions::ScaledPositions(const Weights& w, std::int64_t hidden, std::int64_t most,
                                 const char* what)
    : hidden_(hidden), most_(most), what_(what), scale_(w.tensor("alpha", {})) {}

at::Tensor ScaledPositions::operator()(std::int64_t count, std::int64_t first) const {
  if (first + count > most_)
    throw Error(ErrorKind::kInvalidInput, "found {} {}, but the model has positions for {}",
                first + count, what_, most_);
  const at::Tensor rates = at::exp(at::arange(0, hidden_, 2, at::kLong).to(at::kFloat) *
                                   -(kLogPeriod / static_cast<double>(hidden_)));
  const at::Tensor angles =
      at::arange(first, first + count, at::kFloat).unsqueeze(1) * rates.unsqueeze(0);
  return at::stack({at::sin(angles), at::cos(angles)}, -1).flatten(1) * scale_;
}

TextPrenet::TextPrenet(const Weights& w, const SpeechT5Config& c)
    : tokens_(w / "embed_tokens", c.vocab, c.hidden),
      positions_(w / "encode_positions", c.hidden, c.maxText, "tokens") {}

at::Tensor TextPrenet::operator()(const at::Tensor& ids) const {
  return tokens_(ids) + positions_(ids.size(1));
}

WavePrenet::WavePrenet(const Weights& w, const SpeechT5Config& c)
    : hidden_(c.hidden),
      first_(c.padToken + 1),
      features_(w, c.features, "feature_encoder"),
      positions_(w / "pos_conv_embed", c.positions) {
  if (c.hidesFrames) w.ignore("masked_spec_embed");
}

WavePrenet::Frames WavePrenet::operator()(const at::Tensor& wave, const at::Tensor& mask) const {
  at::Tensor x = features_(wave).hidden;
  Frames frames;
  if (mask.defined()) frames.mask = firstFrames(features_.lengths(mask.sum(1)), x.size(1));
  x = x + positions_(x);
  // transformers numbers a tensor that is 1 for padding as if it were tokens, whose padding token
  // has no position.
  const at::Tensor padded = frames.mask.defined() ? frames.mask.logical_not().to(at::kLong)
                                                  : at::zeros({x.size(0), x.size(1)}, at::kLong);
  const at::Tensor counted = padded.ne(first_ - 1).to(at::kLong);
  frames.hidden = x + sinusoids(counted.cumsum(1) * counted - 1, hidden_, first_);
  return frames;
}

SpectrogramPrenet::SpectrogramPrenet(const Weights& w, const SpeechT5Config& c)
    : dropout_(c.prenetDropout),
      units_(c.prenetUnits),
      final_(w / "final_layer", c.prenetUnits, c.hidden, Linear::Bias::kRequired),
      speaker_(w / "speaker_embeds_layer", c.speaker + c.hidden, c.hidden, Linear::Bias::kRequired),
      positions_(w / "encode_positions", c.hidden, c.maxSpeech, "frames") {
  for (std::int64_t i = 0; i < c.prenetLayers; ++i)
    layers_.emplace_back(w / "layers" / i, i == 0 ? c.bins : c.prenetUnits, c.prenetUnits,
                         Linear::Bias::kRequired);
}

at::Tensor SpectrogramPrenet::run(at::Tensor x, std::int64_t first, const at::Tensor& speaker,
                                  at::Generator& generator) const {
  const std::int64_t time = x.size(1);
  for (const Linear& layer : layers_) {
    // transformers keeps this share of the values, not the others.
    const at::Tensor kept = at::empty({first + time, units_}).bernoulli_(dropout_, generator);
    x = at::relu(layer(x)) * kept.narrow(0, first, time) / (1 - dropout_);
  }
  x = final_(x) + positions_(time, first);
  if (!speaker.defined()) return x;
  const at::Tensor unit = speaker / speaker.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);
  const at::Tensor beside = unit.unsqueeze(1).expand({x.size(0), time, -1});
  return at::relu(speaker_(at::cat({x, beside}, -1)));
}

at::Tensor SpectrogramPrenet::operator()(const at::Tensor& frames, const at::Tensor& speaker,
                                         at::Generator& generator) const {
  return run(frames, 0, speaker, generator);
}

at::Tensor SpectrogramPrenet::last(const at::Tensor& last, std::int64_t time,
                                   const at::Tensor& speaker, at::Generator& generator) const {
  return run(last, time - 1, speaker, generator);
}

SpectrogramPostnet::SpectrogramPostnet(const Weights& w, const SpeechT5Config& c)
    : bins_(c.bins),
      frames_(w / "feat_out", c.hidden, c.bins * c.reduction, Linear::Bias::kRequired),
      stop_(w / "prob_out", c.hidden, c.reduction, Linear::Bias::kRequired) {
  std::int64_t in = c.bins;
  for (std::int64_t i = 0; i < c.postnetLayers; ++i) {
    const std::int64_t out = i + 1 == c.postnetLayers ? c.bins : c.postnetUnits;
    const Weights scope = w / "layers" / i;
    convolutions_.emplace_back(
        scope / "conv", in, out,
        nn::Convolution1dOptions{
            .kernel = c.postnetKernel, .padding = (c.postnetKernel - 1) / 2, .bias = false});
    norms_.emplace_back(scope / "batch_norm", out);
    in = out;
  }
}

at::Tensor SpectrogramPostnet::frames(const at::Tensor& hidden) const {
  return frames_(hidden).view({hidden.size(0), -1, bins_});
}

at::Tensor SpectrogramPostnet::refine(const at::Tensor& frames) const {
  at::Tensor x = frames.transpose(1, 2);
  for (std::size_t i = 0; i < convolutions_.size(); ++i) {
    x = norms_[i](convolutions_[i](x));
    if (i + 1 < convolutions_.size()) x = at::tanh(x);
  }
  return frames + x.transpose(1, 2);
}

}  // namespace orrery::models::speech
