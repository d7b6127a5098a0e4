#include "core/models/text/encoder_attention.h"

#include <cmath>

namespace orrery::models::text {

using Bias = nn::Linear::Bias;

EncoderAttention::EncoderAttention(const nn::Weights& w, const EncoderNames& names,
                                   const EncoderConfig& c, std::int64_t seen)
    : heads_(c.heads),
      query_(w / names.query, c.hidden, c.hidden, Bias::kRequired),
      key_(w / names.key, seen, c.hidden, Bias::kRequired),
      value_(w / names.value, seen, c.hidden, Bias::kRequired),
      out_(w / names.attentionOut, c.hidden, c.hidden, Bias::kRequired),
      norm_(w / names.attentionNorm, c.hidden, c.normEps) {
  options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / c.heads));
}

at::Tensor EncoderAttention::operator()(const at::Tensor& x, const at::Tensor& seen,
                                        const at::Tensor& mask, at::Tensor* weights) const {
  const at::Tensor attended =
      nn::attend(split(query_(x)), split(key_(seen)), split(value_(seen)), mask, options_, weights);
  return norm_(out_(attended) + x);
}

at::Tensor EncoderAttention::beside(const at::Tensor& x, const CrossLayer& cache) const {
  return norm_(out_(attendBeside(split(query_(x)), cache, options_)) + x);
}

CrossLayer EncoderAttention::cache(const at::Tensor& seen) const {
  return {split(key_(seen)), split(value_(seen)), nullptr};
}

at::Tensor EncoderAttention::causal(const at::Tensor& x, std::int64_t layer,
                                    const nn::Step& step) const {
  const at::Tensor attended = nn::causalAttention(split(query_(x)), split(key_(x)),
                                                  split(value_(x)), layer, options_, step);
  return norm_(out_(attended) + x);
}

at::Tensor EncoderAttention::split(const at::Tensor& x) const {
  return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
}

EncoderNames crossNames(EncoderNames names) {
  names.query = "crossattention.self.query";
  names.key = "crossattention.self.key";
  names.value = "crossattention.self.value";
  names.attentionOut = "crossattention.output.dense";
  names.attentionNorm = "crossattention.output.LayerNorm";
  return names;
}

}  // namespace orrery::models::text
