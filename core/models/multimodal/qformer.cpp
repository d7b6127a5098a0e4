#include "core/models/multimodal/qformer.h"

namespace orrery::models::multimodal {
namespace {

using nn::Linear;

/// norm(down(act(up(x))) + x).
class FeedForward {
 public:
  FeedForward() = default;
  FeedForward(const nn::Weights& in, const nn::Weights& out, const text::EncoderConfig& c)
      : up_(in / "dense", c.hidden, c.ffn, Linear::Bias::kRequired),
        down_(out / "dense", c.ffn, c.hidden, Linear::Bias::kRequired),
        norm_(out / "LayerNorm", c.hidden, c.normEps),
        activation_(nn::activation(c.activation)) {}
  at::Tensor operator()(const at::Tensor& x) const { return norm_(down_(activation_(up_(x))) + x); }

 private:
  Linear up_, down_;
  nn::LayerNorm norm_;
  nn::Activation activation_ = nullptr;
};

/// The names of the attention to the picture.
text::EncoderNames lookNames(const text::EncoderNames& self) {
  text::EncoderNames names = text::crossNames(self);
  names.query = "crossattention.attention.query";
  names.key = "crossattention.attention.key";
  names.value = "crossattention.attention.value";
  return names;
}

}  // namespace

class QFormer::Layer {
 public:
  Layer(const nn::Weights& w, const QFormerConfig& c, bool looks)
      : self_(w, c.encoder.names, c.encoder, c.encoder.hidden),
        looks_(looks),
        ofQueries_(w / "intermediate_query", w / "output_query", c.encoder) {
    if (looks)
      cross_ =
          text::EncoderAttention(w, lookNames(c.encoder.names), c.encoder, c.encoder.crossHidden);
    if (c.readsText) ofText_ = FeedForward(w / "intermediate", w / "output", c.encoder);
  }

  at::Tensor operator()(const at::Tensor& x, std::int64_t queries, const at::Tensor& mask,
                        const at::Tensor& seen) const {
    const at::Tensor middle = self_(x, x, mask, nullptr);
    if (queries == 0) return ofText_(middle);
    at::Tensor gathered = middle.narrow(1, 0, queries);
    if (looks_) gathered = cross_(gathered, seen, {}, nullptr);
    gathered = ofQueries_(gathered);
    if (middle.size(1) == queries) return gathered;
    return at::cat({gathered, ofText_(middle.slice(1, queries))}, 1);
  }

 private:
  text::EncoderAttention self_, cross_;
  bool looks_;
  FeedForward ofQueries_, ofText_;
};

QFormer::QFormer(const nn::Weights& w, const QFormerConfig& c, bool withQueries)
    : norm_(w / "qformer.layernorm", c.encoder.hidden, c.encoder.normEps) {
  if (withQueries) queries_ = w.tensor("query_tokens", {1, c.queries, c.encoder.hidden});
  for (std::int64_t i = 0; i < c.encoder.layers; ++i)
    layers_.emplace_back(w / "qformer.encoder.layer" / i, c, i % c.crossEvery == 0);
}

QFormer::~QFormer() = default;
QFormer::QFormer(QFormer&&) noexcept = default;

TowerOutput QFormer::forward(const at::Tensor& x, std::int64_t queries,
                             const at::Tensor& attentionMask, const at::Tensor& seen) const {
  const at::Tensor mask = nn::paddingMask(attentionMask);
  at::Tensor hidden = norm_(x);
  for (const Layer& layer : layers_) hidden = layer(hidden, queries, mask, seen);
  return {hidden, hidden.select(1, 0)};
}

}  // namespace orrery::models::multimodal
