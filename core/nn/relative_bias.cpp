#include "core/nn/relative_bias.h"

#include <cmath>

namespace orrery::nn {

RelativeBias::RelativeBias(const Weights& weights, std::int64_t buckets, std::int64_t heads,
                           std::int64_t maxDistance, bool bidirectional)
    : table_(weights.tensor("weight", {buckets, heads})),
      buckets_(buckets),
      maxDistance_(maxDistance),
      bidirectional_(bidirectional) {}

at::Tensor RelativeBias::operator()(std::int64_t time, std::int64_t keys, std::int64_t past) const {
  const at::Tensor query = at::arange(past, past + time, at::kLong).unsqueeze(1);
  const at::Tensor distance = at::arange(keys, at::kLong).unsqueeze(0) - query;
  std::int64_t buckets = buckets_;
  at::Tensor bucket = at::zeros_like(distance), length;
  if (bidirectional_) {
    buckets /= 2;
    bucket = distance.gt(0).to(at::kLong) * buckets;
    length = distance.abs();
  } else {
    length = -distance.clamp_max(0);
  }
  const std::int64_t exact = buckets / 2;
  const double range = std::log(static_cast<double>(maxDistance_) / static_cast<double>(exact));
  at::Tensor far = at::log(length.to(at::kFloat) / static_cast<double>(exact)) / range *
                   static_cast<double>(buckets - exact);
  // log(0) belongs to a distance that is exact anyway; its conversion to an integer is undefined.
  far = (exact + far.clamp_min(0).to(at::kLong)).clamp_max(buckets - 1);
  bucket = bucket + at::where(length.lt(exact), length, far);
  return table_.index({bucket}).permute({2, 0, 1}).unsqueeze(0);
}

}  // namespace orrery::nn
