#include "core/models/timeseries/step_attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace orrery::models::timeseries {
namespace {

/// What every processor can hold in one register.
using Four = float __attribute__((vector_size(16)));
constexpr std::int64_t kFours = 4;
/// Queries that meet a key at once.
constexpr std::int64_t kBlock = 4 * kFours;

Four load(const float* from) {
  Four result;
  std::memcpy(&result, from, sizeof result);
  return result;
}

/// A key of the sample, and how often it was drawn.
struct SampledKey {
  std::int64_t step;
  float times;
};

std::vector<SampledKey> countedKeys(const at::Tensor& keys, std::int64_t steps) {
  std::vector<float> times(static_cast<std::size_t>(steps));
  for (std::int64_t i = 0; i < keys.numel(); ++i) ++times[keys.const_data_ptr<std::int64_t>()[i]];
  std::vector<SampledKey> counted;
  for (std::int64_t step = 0; step < steps; ++step)
    if (times[step] > 0) counted.push_back({step, times[step]});
  return counted;
}

float dot(const float* a, const float* b, std::int64_t dim) {
  Four sums = {};
  std::int64_t d = 0;
  for (; d + 4 <= dim; d += 4) sums += load(a + d) * load(b + d);
  for (; d < dim; ++d) sums[0] += a[d] * b[d];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// Finds the outstanding queries of one head of one row at a time.
class QueryRanking {
 public:
  QueryRanking(std::int64_t steps, std::int64_t dim, std::int64_t count)
      : steps_(steps),
        dim_(dim),
        count_(count),
        turned_(static_cast<std::size_t>((steps + kBlock - 1) / kBlock * kBlock * dim)),
        sparsity_(static_cast<std::size_t>((steps + kBlock - 1) / kBlock * kBlock)) {}

  /// q and k begin at the head; attends[i * stride] tells of query i.
  void rank(const StepHeads& q, const StepHeads& k, std::int64_t row, std::int64_t offset,
            const std::vector<SampledKey>& keys, bool* attends, std::int64_t stride) {
    const std::int64_t padded = static_cast<std::int64_t>(sparsity_.size());
    for (std::int64_t i = 0; i < steps_; ++i)
      for (std::int64_t d = 0; d < dim_; ++d) turned_[d * padded + i] = q.at(row, i)[offset + d];
    for (std::int64_t begin = 0; begin < padded; begin += kBlock)
      scoreBlock(turned_.data() + begin, padded, k, row, offset, keys, sparsity_.data() + begin);
    // Whichever are fewer are picked one by one: those that attend, or those that do not.
    const bool few = count_ < steps_ - count_;
    const float outside = std::numeric_limits<float>::infinity();
    if (few)
      for (float& sparsity : sparsity_) sparsity = -sparsity;
    for (std::int64_t i = 0; i < steps_; ++i) attends[i * stride] = !few;
    for (std::int64_t n = few ? count_ : steps_ - count_; n > 0; --n) {
      const auto least = std::min_element(sparsity_.begin(), sparsity_.begin() + steps_);
      attends[(least - sparsity_.begin()) * stride] = few;
      *least = outside;
    }
  }

 private:
  /// Greatest score less the sum of all by the number of keys, of kBlock queries [dim, …].
  void scoreBlock(const float* turned, std::int64_t padded, const StepHeads& k, std::int64_t row,
                  std::int64_t offset, const std::vector<SampledKey>& keys, float* sparsity) const {
    Four most[kFours], sum[kFours] = {};
    std::fill(most, most + kFours, Four{} - std::numeric_limits<float>::infinity());
    for (const SampledKey& sampled : keys) {
      const float* key = k.at(row, sampled.step) + offset;
      Four score[kFours] = {};
      for (std::int64_t d = 0; d < dim_; ++d)
        for (std::int64_t i = 0; i < kFours; ++i)
          score[i] += load(turned + d * padded + 4 * i) * key[d];
      for (std::int64_t i = 0; i < kFours; ++i) {
        most[i] = score[i] > most[i] ? score[i] : most[i];
        sum[i] += score[i] * sampled.times;
      }
    }
    for (std::int64_t i = 0; i < kFours; ++i) {
      const Four result = most[i] - sum[i] / static_cast<float>(steps_);
      std::memcpy(sparsity + 4 * i, &result, sizeof result);
    }
  }

  std::int64_t steps_, dim_, count_;
  std::vector<float> turned_, sparsity_;
};

/// The sum of the values of all steps, each times its factor.
void addUp(const std::vector<float>& factors, const StepHeads& v, std::int64_t row,
           std::int64_t offset, std::int64_t dim, float* to) {
  const auto steps = static_cast<std::int64_t>(factors.size());
  std::int64_t d = 0;
  for (; d + 4 <= dim; d += 4) {
    Four sum = {};
    for (std::int64_t step = 0; step < steps; ++step)
      sum += load(v.at(row, step) + offset + d) * factors[step];
    std::memcpy(to + d, &sum, sizeof sum);
  }
  for (; d < dim; ++d) {
    to[d] = 0;
    for (std::int64_t step = 0; step < steps; ++step)
      to[d] += v.at(row, step)[offset + d] * factors[step];
  }
}

/// Scores of one query against all steps, in place of them their shares.
void shares(const float* q, const StepHeads& k, std::int64_t row, std::int64_t offset,
            std::int64_t dim, std::vector<float>& scores) {
  const auto steps = static_cast<std::int64_t>(scores.size());
  for (std::int64_t i = 0; i < steps; ++i) scores[i] = dot(q, k.at(row, i) + offset, dim);
  const float most = *std::max_element(scores.begin(), scores.end());
  float sum = 0;
  for (float& score : scores) sum += score = std::exp(score - most);
  for (float& score : scores) score /= sum;
}

}  // namespace

at::Tensor outstanding(const at::Tensor& q, const at::Tensor& k, const at::Tensor& keys,
                       std::int64_t count, std::int64_t heads) {
  const std::int64_t rows = q.size(0), steps = q.size(1), dim = q.size(2) / heads;
  const StepHeads queries(q), seen(k);
  const auto sampled = countedKeys(keys, steps);
  at::Tensor result = at::empty({rows, steps, heads}, at::kBool);
  bool* attends = result.data_ptr<bool>();
  QueryRanking ranking(steps, dim, count);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t head = 0; head < heads; ++head)
      ranking.rank(queries, seen, row, head * dim, sampled, attends + row * steps * heads + head,
                   heads);
  return result;
}

at::Tensor attendNewest(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                        const at::Tensor& attends, std::int64_t heads) {
  const std::int64_t rows = k.size(0), steps = k.size(1), hidden = k.size(2), dim = hidden / heads;
  const StepHeads keys(k), values(v);
  const at::Tensor query = q.contiguous(),
                   flags = attends.defined() ? attends.contiguous() : attends;
  at::Tensor result = at::empty({rows, hidden}, at::kFloat);
  const float* from = query.const_data_ptr<float>();
  const bool* attending = flags.defined() ? flags.const_data_ptr<bool>() : nullptr;
  float* to = result.data_ptr<float>();
  std::vector<float> factors(static_cast<std::size_t>(steps));
  for (std::int64_t i = 0; i < rows * heads; ++i) {
    const std::int64_t row = i / heads, offset = i % heads * dim;
    if (!attending || attending[i])
      shares(from + i * dim, keys, row, offset, dim, factors);
    else
      std::fill(factors.begin(), factors.end(), 1.0F);
    addUp(factors, values, row, offset, dim, to + i * dim);
  }
  return result;
}

}  // namespace orrery::models::timeseries
