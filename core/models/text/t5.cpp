#include "core/models/text/t5.h"

#include <fmt/format.h>

namespace orrery::models::text {

using nn::Linear;
using Bias = nn::Linear::Bias;

namespace {

class Attention {
 public:
  Attention() = default;
  Attention(const nn::Weights& w, const T5Config& c) : heads_(c.heads) {
    const std::int64_t inner = c.heads * c.headDim;
    q_ = Linear(w / "q", c.hidden, inner, Bias::kNone);
    k_ = Linear(w / "k", c.hidden, inner, Bias::kNone);
    v_ = Linear(w / "v", c.hidden, inner, Bias::kNone);
    o_ = Linear(w / "o", inner, c.hidden, Bias::kNone);
  }
  at::Tensor query(const at::Tensor& x) const { return split(q_(x)); }
  at::Tensor key(const at::Tensor& x) const { return split(k_(x)); }
  at::Tensor value(const at::Tensor& x) const { return split(v_(x)); }
  at::Tensor finish(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                    const at::Tensor& mask, at::Tensor* weights) const {
    return o_(nn::attend(q, k, v, mask, {}, weights));
  }

 private:
  at::Tensor split(const at::Tensor& x) const {
    return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  }
  std::int64_t heads_ = 0;
  Linear q_, k_, v_, o_;
};

}  // namespace

class T5Stack::Block {
 public:
  Block(const nn::Weights& w, const T5Config& c, bool decoder)
      : self_(w / "layer.0.SelfAttention", c),
        selfNorm_(w / "layer.0.layer_norm", c.hidden, c.normEps),
        activation_(nn::activation(c.activation)) {
    const nn::Weights last = w / (decoder ? "layer.2" : "layer.1");
    if (decoder) {
      cross_ = Attention(w / "layer.1.EncDecAttention", c);
      crossNorm_ = nn::RmsNorm(w / "layer.1.layer_norm", c.hidden, c.normEps);
    }
    const nn::Weights dense = last / "DenseReluDense";
    up_ = Linear(dense / (c.gated ? "wi_0" : "wi"), c.hidden, c.ffn, Bias::kNone);
    if (c.gated) linear_ = Linear(dense / "wi_1", c.hidden, c.ffn, Bias::kNone);
    down_ = Linear(dense / "wo", c.ffn, c.hidden, Bias::kNone);
    feedNorm_ = nn::RmsNorm(last / "layer_norm", c.hidden, c.normEps);
  }

  at::Tensor selfAttention(const at::Tensor& x, const at::Tensor& mask, std::int64_t layer,
                           const nn::Step& step) const {
    const at::Tensor normed = selfNorm_(x);
    at::Tensor q = self_.query(normed), k = self_.key(normed), v = self_.value(normed), map;
    at::Tensor* weights = step.observer ? &map : nullptr;
    at::Tensor result;
    if (step.rows.empty()) {
      result = self_.finish(q, k, v, mask, weights);
    } else {
      std::vector<at::Tensor> rows;
      for (std::size_t row = 0; row < step.rows.size(); ++row) {
        nn::LayerCache& cache = step.rows[row]->layers[static_cast<std::size_t>(layer)];
        const auto index = static_cast<std::int64_t>(row);
        cache.append(k[index], v[index]);
        rows.push_back(self_.finish(q.narrow(0, index, 1), cache.keys().unsqueeze(0),
                                    cache.values().unsqueeze(0), mask, weights));
      }
      result = at::cat(rows, 0);
    }
    if (weights) step.observe(fmt::format("layers.{}.attention", layer), map);
    return x + result;
  }
  at::Tensor crossAttention(const at::Tensor& x, const CrossLayer& cache,
                            const at::Tensor& mask) const {
    // The encoder ran once; all rows of a session look at the same output.
    const auto rows = [&](const at::Tensor& t) {
      return t.size(0) == x.size(0) ? t : t.expand({x.size(0), -1, -1, -1});
    };
    return x + cross_.finish(cross_.query(crossNorm_(x)), rows(cache.keys), rows(cache.values),
                             mask, nullptr);
  }
  at::Tensor feedForward(const at::Tensor& x) const {
    const at::Tensor normed = feedNorm_(x);
    at::Tensor middle = activation_(up_(normed));
    if (linear_.outFeatures() > 0) middle = middle * linear_(normed);
    return x + down_(middle);
  }
  CrossLayer crossCache(const at::Tensor& encoded) const {
    return {cross_.key(encoded), cross_.value(encoded), nullptr};
  }

 private:
  Attention self_, cross_;
  nn::RmsNorm selfNorm_, crossNorm_, feedNorm_;
  Linear up_, linear_, down_;
  nn::Activation activation_;
};

T5Stack::T5Stack(const nn::Weights& w, const T5Config& c, bool decoder)
    : bias_(w / "block.0.layer.0.SelfAttention.relative_attention_bias", c.buckets, c.heads,
            c.maxDistance, !decoder) {
  const std::int64_t layers = decoder ? c.decoderLayers : c.encoderLayers;
  for (std::int64_t i = 0; i < layers; ++i) blocks_.emplace_back(w / "block" / i, c, decoder);
  norm_ = nn::RmsNorm(w / "final_layer_norm", c.hidden, c.normEps);
}

T5Stack::~T5Stack() = default;
T5Stack::T5Stack(T5Stack&&) noexcept = default;

at::Tensor T5Stack::encode(at::Tensor x, const at::Tensor& attentionMask,
                           const nn::Observer* observer) const {
  at::Tensor mask = bias_(x.size(1), x.size(1));
  if (attentionMask.defined()) mask = mask + nn::paddingMask(attentionMask);
  nn::Step step;
  step.observer = observer;
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    x = blocks_[i].feedForward(
        blocks_[i].selfAttention(x, mask, static_cast<std::int64_t>(i), step));
  return norm_(x);
}

at::Tensor T5Stack::selfMask(std::int64_t time, const nn::Step& step) const {
  const std::int64_t past = step.rows.empty() ? 0 : step.rows.front()->length();
  const at::Tensor hidden = nn::causalMask(time, past, 0, 0, step.attentionMask);
  const at::Tensor bias = bias_(time, past + time, past);
  return hidden.defined() ? hidden + bias : bias;
}

at::Tensor T5Stack::decode(at::Tensor x, const CrossCache& cross, const at::Tensor& crossMask,
                           const nn::Step& step) const {
  const at::Tensor mask = selfMask(x.size(1), step);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    step.throwIfCancelled();
    x = blocks_[i].selfAttention(x, mask, static_cast<std::int64_t>(i), step);
    x = blocks_[i].crossAttention(x, cross[i], crossMask);
    x = blocks_[i].feedForward(x);
    if (step.observer) step.observe(fmt::format("layers.{}.residual", i), x);
  }
  return norm_(x);
}

CrossCache T5Stack::crossCache(const at::Tensor& encoded) const {
  CrossCache result;
  for (const Block& block : blocks_) result.push_back(block.crossCache(encoded));
  return result;
}

}  // namespace orrery::models::text
