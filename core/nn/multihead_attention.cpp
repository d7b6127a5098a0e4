#include "core/nn/multihead_attention.h"

#include <cmath>

#include "core/nn/attention.h"

namespace orrery::nn {
namespace {

/// `count` rows of a matrix from `first` on, sharing its bytes.
checkpoint::TensorView rowsOf(const checkpoint::TensorView& matrix, std::int64_t first,
                              std::int64_t count) {
  const std::size_t bytes = matrix.data.size() / static_cast<std::size_t>(matrix.shape[0]);
  checkpoint::TensorView rows = matrix;
  rows.shape[0] = count;
  rows.data = matrix.data.subspan(static_cast<std::size_t>(first) * bytes,
                                  static_cast<std::size_t>(count) * bytes);
  return rows;
}

}  // namespace

MultiheadAttention::MultiheadAttention(const Weights& w, std::int64_t hidden, std::int64_t heads)
    : heads_(heads), out_(w / "out_proj", hidden, hidden, Linear::Bias::kRequired) {
  const auto matrix = w.view("in_proj_weight", {3 * hidden, hidden});
  const at::Tensor bias = w.tensor("in_proj_bias", {3 * hidden});
  for (std::size_t i = 0; i < in_.size(); ++i) {
    const std::int64_t first = static_cast<std::int64_t>(i) * hidden;
    in_[i] = Linear(rowsOf(matrix, first, hidden), bias.narrow(0, first, hidden), w.precision());
  }
}

at::Tensor MultiheadAttention::operator()(const at::Tensor& query, const at::Tensor& key,
                                          const at::Tensor& value, const at::Tensor& mask) const {
  const auto split = [&](const at::Tensor& x) {
    return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  };
  const at::Tensor q = split(in_[0](query)), k = split(in_[1](key)), v = split(in_[2](value));
  AttentionOptions options;
  options.scale = 1 / std::sqrt(static_cast<double>(q.size(3)));
  return out_(attend(q, k, v, mask, options));
}

}  // namespace orrery::nn
