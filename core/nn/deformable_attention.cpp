#include "core/nn/deformable_attention.h"

namespace orrery::nn {

using Bias = Linear::Bias;

DeformableAttention::DeformableAttention(const Weights& w, const Options& o)
    : options_(o),
      offsets_(w / "sampling_offsets", o.hidden, o.heads * o.levels * o.points * 2,
               Bias::kRequired),
      weights_(w / "attention_weights", o.hidden, o.heads * o.levels * o.points, Bias::kRequired),
      value_(w / "value_proj", o.hidden, o.hidden, Bias::kRequired),
      out_(w / "output_proj", o.hidden, o.hidden, Bias::kRequired) {}

/// → [batch, queries, heads, levels, points, 2] in shares of the picture.
at::Tensor DeformableAttention::places(const at::Tensor& queries, const at::Tensor& references,
                                       const FeatureLevels& features) const {
  const at::Tensor offsets = offsets_(queries).view(
      {queries.size(0), queries.size(1), options_.heads, options_.levels, options_.points, 2});
  const at::Tensor around = references.unsqueeze(3).unsqueeze(2);  // [b, q, 1, levels, 1, 2 or 4]
  const at::Tensor middle = around.slice(-1, 0, 2);
  if (references.size(-1) == 4)
    return middle + offsets / static_cast<double>(options_.points) * around.slice(-1, 2, 4) * 0.5;
  std::vector<float> sizes;
  for (const auto& [rows, columns] : features.sizes) {
    sizes.push_back(static_cast<float>(columns));
    sizes.push_back(static_cast<float>(rows));
  }
  return middle + offsets / at::tensor(sizes).view({1, 1, 1, options_.levels, 1, 2});
}

/// values [batch, sum of sizes, hidden] at the places of each head → [batch * heads, head_dim,
/// queries, levels * points].
at::Tensor DeformableAttention::sample(const at::Tensor& values, const at::Tensor& places,
                                       const FeatureLevels& features) const {
  constexpr std::int64_t kBilinear = 0, kZeros = 0;
  const std::int64_t batch = values.size(0), heads = options_.heads;
  const at::Tensor grids = 2 * places - 1;
  std::vector<at::Tensor> samples;
  std::int64_t start = 0;
  for (std::size_t level = 0; level < features.sizes.size(); ++level) {
    const auto [rows, columns] = features.sizes[level];
    const at::Tensor map = values.narrow(1, start, rows * columns)
                               .transpose(1, 2)
                               .reshape({batch * heads, -1, rows, columns});
    const at::Tensor grid =
        grids.select(3, static_cast<std::int64_t>(level)).transpose(1, 2).flatten(0, 1);
    samples.push_back(
        at::grid_sampler_2d(map, grid.contiguous(), kBilinear, kZeros, /*align_corners=*/false));
    start += rows * columns;
  }
  return at::cat(samples, -1);
}

at::Tensor DeformableAttention::operator()(const at::Tensor& queries, const at::Tensor& references,
                                           const FeatureLevels& features) const {
  const std::int64_t batch = queries.size(0), count = queries.size(1);
  at::Tensor values = value_(features.values);
  if (features.mask.defined())
    values = values.masked_fill(features.mask.logical_not().unsqueeze(-1), 0);
  const at::Tensor shares =
      at::softmax(weights_(queries).view({batch, count, options_.heads, -1}), -1)
          .transpose(1, 2)
          .reshape({batch * options_.heads, 1, count, -1});
  const at::Tensor mixed =
      (sample(values, places(queries, references, features), features) * shares).sum(-1);
  return out_(mixed.view({batch, options_.hidden, count}).transpose(1, 2).contiguous());
}

}  // namespace orrery::nn
