#include "core/nn/deformable_attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

namespace orrery::nn {
namespace {

using Bias = Linear::Bias;

/// The part of a level that one head sees.
struct HeadMap {
  const float* values;                 ///< of the first place
  std::int64_t rows, columns, stride;  ///< floats from one place to the next
};

/// Adds `share` times the values [dim] at a place, in shares of the map, to `out`: between four
/// neighbours, of which those outside count as 0.
void addAt(const HeadMap& map, const float* place, float share, std::int64_t dim, float* out) {
  const auto columns = static_cast<float>(map.columns), rows = static_cast<float>(map.rows);
  const float x = place[0] * columns - 0.5f, y = place[1] * rows - 0.5f;
  if (!(x > -1 && x < columns && y > -1 && y < rows)) return;
  const auto left = static_cast<std::int64_t>(std::floor(x));
  const auto top = static_cast<std::int64_t>(std::floor(y));
  const float right = x - static_cast<float>(left), below = y - static_cast<float>(top);
  for (std::int64_t row = std::max<std::int64_t>(top, 0); row <= std::min(top + 1, map.rows - 1);
       ++row)
    for (std::int64_t column = std::max<std::int64_t>(left, 0);
         column <= std::min(left + 1, map.columns - 1); ++column) {
      const float weight =
          share * (row == top ? 1 - below : below) * (column == left ? 1 - right : right);
      const float* values = map.values + (row * map.columns + column) * map.stride;
      for (std::int64_t i = 0; i < dim; ++i) out[i] += weight * values[i];
    }
}

}  // namespace

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

/// values [batch, sum of sizes, hidden] at the places of each query, weighted by shares [batch,
/// queries, heads, levels * points] → [batch, queries, hidden].
at::Tensor DeformableAttention::mix(const at::Tensor& values, const at::Tensor& places,
                                    const at::Tensor& shares, const FeatureLevels& features) const {
  constexpr std::int64_t kQueriesAtOnce = 32;
  const std::int64_t queries = places.size(1), heads = options_.heads, hidden = options_.hidden;
  const std::int64_t dim = hidden / heads, points = options_.points;
  const at::Tensor result = at::zeros({values.size(0), queries, hidden}, at::kFloat);
  const float* from = values.data_ptr<float>();
  const float* place = places.data_ptr<float>();
  const float* share = shares.data_ptr<float>();
  float* out = result.data_ptr<float>();
  at::parallel_for(0, result.size(0) * queries, kQueriesAtOnce, [&](auto begin, auto end) {
    for (std::int64_t query = begin; query < end; ++query)
      for (std::int64_t head = 0; head < heads; ++head) {
        std::int64_t at = (query * heads + head) * options_.levels * points;
        const float* level = from + query / queries * values.size(1) * hidden + head * dim;
        for (const auto& [rows, columns] : features.sizes) {
          const HeadMap map{level, rows, columns, hidden};
          for (const std::int64_t last = at + points; at < last; ++at)
            addAt(map, place + 2 * at, share[at], dim, out + query * hidden + head * dim);
          level += rows * columns * hidden;
        }
      }
  });
  return result;
}

at::Tensor DeformableAttention::operator()(const at::Tensor& queries, const at::Tensor& references,
                                           const FeatureLevels& features) const {
  at::Tensor values = value_(features.values);
  if (features.mask.defined())
    values = values.masked_fill(features.mask.logical_not().unsqueeze(-1), 0);
  const at::Tensor shares = at::softmax(
      weights_(queries).view({queries.size(0), queries.size(1), options_.heads, -1}), -1);
  const auto plain = [](const at::Tensor& x) { return x.to(at::kFloat).contiguous(); };
  return out_(
      mix(plain(values), plain(places(queries, references, features)), plain(shares), features));
}

}  // namespace orrery::nn
