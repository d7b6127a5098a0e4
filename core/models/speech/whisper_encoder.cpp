#include "core/models/speech/whisper_encoder.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/error.h"
#include "core/nn/activation.h"

namespace orrery::models::speech {

using nn::Linear;
using Bias = Linear::Bias;

class WhisperEncoder::Block {
 public:
  Block(const nn::Weights& w, const WhisperConfig& c)
      : heads_(c.encoder.heads),
        attentionNorm_(w / "self_attn_layer_norm", c.hidden, kNormEps),
        mlpNorm_(w / "final_layer_norm", c.hidden, kNormEps),
        up_(w / "fc1", c.hidden, c.encoder.ffn, Bias::kRequired),
        down_(w / "fc2", c.encoder.ffn, c.hidden, Bias::kRequired),
        activation_(nn::activation(c.activation)) {
    const nn::Weights attention = w / "self_attn";
    query_ = Linear(attention / "q_proj", c.hidden, c.hidden, Bias::kRequired);
    key_ = Linear(attention / "k_proj", c.hidden, c.hidden, Bias::kNone);
    value_ = Linear(attention / "v_proj", c.hidden, c.hidden, Bias::kRequired);
    out_ = Linear(attention / "out_proj", c.hidden, c.hidden, Bias::kRequired);
    options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / heads_));
    options_.rounded = out_.productType() == at::kBFloat16;
  }

  at::Tensor operator()(const at::Tensor& x, at::Tensor* weights) const {
    const auto parts = Linear::together({&query_, &key_, &value_}, attentionNorm_(x));
    const at::Tensor middle = x + out_(nn::attend(split(parts[0]), split(parts[1]), split(parts[2]),
                                                  {}, options_, weights));
    return middle + down_(activation_(up_(mlpNorm_(middle))));
  }

  static constexpr double kNormEps = 1e-5;

 private:
  at::Tensor split(const at::Tensor& x) const {
    return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  }

  std::int64_t heads_;
  nn::LayerNorm attentionNorm_, mlpNorm_;
  Linear query_, key_, value_, out_, up_, down_;
  nn::Activation activation_;
  nn::AttentionOptions options_;
};

WhisperEncoder::WhisperEncoder(const nn::Weights& w, const WhisperConfig& c)
    : melBins_(c.melBins),
      positionsCount_(c.sourcePositions),
      first_(w / "conv1", c.melBins, c.hidden, {.kernel = 3, .stride = 1, .padding = 1}),
      second_(w / "conv2", c.hidden, c.hidden, {.kernel = 3, .stride = 2, .padding = 1}),
      positions_((w / "embed_positions").tensor("weight", {c.sourcePositions, c.hidden})),
      norm_(w / "layer_norm", c.hidden, Block::kNormEps) {
  for (std::int64_t i = 0; i < c.encoder.layers; ++i)
    blocks_.push_back(std::make_shared<Block>(w / "layers" / i, c));
}

std::vector<at::Tensor> WhisperEncoder::states(const at::Tensor& features,
                                               const nn::Observer* observer) const {
  const bool good = features.dim() == 3 && at::isFloatingType(features.scalar_type()) &&
                    features.size(0) > 0 && features.size(1) == melBins_ &&
                    features.size(2) == 2 * positionsCount_;
  if (!good)
    throw Error(
        ErrorKind::kInvalidInput,
        "input \"input_features\": expected numbers of shape [batch, {}, {}], found {} of {}",
        melBins_, 2 * positionsCount_, at::toString(features.scalar_type()),
        nn::shapeText(features.sizes().vec()));
  const at::Tensor frames = features.to(at::kFloat).transpose(1, 2);
  std::vector<at::Tensor> result{at::gelu(second_(at::gelu(first_(frames)))) + positions_};
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    at::Tensor map;
    result.push_back((*blocks_[i])(result.back(), observer ? &map : nullptr));
    if (!observer) continue;
    (*observer)(fmt::format("encoder.layers.{}.attention", i), map);
    (*observer)(fmt::format("encoder.layers.{}.residual", i), result.back());
  }
  result.back() = norm_(result.back());
  return result;
}

}  // namespace orrery::models::speech
