#include "core/nn/attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/kernels/attend_many.h"
#include "core/nn/packed_attention.h"

namespace orrery::nn {
namespace {

/// What transformers adds to hidden scores; finite, so that a row that sees nothing stays a number.
constexpr float kHidden = std::numeric_limits<float>::lowest();

at::Tensor repeatHeads(const at::Tensor& x, std::int64_t times) {
  if (times == 1) return x;
  return x.unsqueeze(2)
      .expand({x.size(0), x.size(1), times, x.size(2), x.size(3)})
      .reshape({x.size(0), x.size(1) * times, x.size(2), x.size(3)});
}

at::Tensor softmaxWithSinks(const at::Tensor& scores, const at::Tensor& sinks) {
  if (!sinks.defined()) return at::softmax(scores, -1);
  const at::Tensor column =
      sinks.view({1, -1, 1, 1}).expand({scores.size(0), scores.size(1), scores.size(2), 1});
  return at::softmax(at::cat({scores, column}, -1), -1).slice(-1, 0, scores.size(-1));
}

at::Tensor joinHeads(
    const at::Tensor& x) {  // [batch, heads, time, dim] → [batch, time, heads * dim]
  return x.transpose(1, 2).reshape({x.size(0), x.size(2), x.size(1) * x.size(3)});
}

/// One token [1, heads, 1, dim] against its cache, without copies of what is cached.
at::Tensor attendOneToken(const at::Tensor& q, const LayerCache& cache, std::int64_t kvHeads,
                          const AttentionOptions& options) {
  const at::Tensor query = q.contiguous();
  const at::Tensor sinks = options.sinks.defined() ? options.sinks.contiguous() : at::Tensor();
  const auto chunks = cache.chunks();
  at::Tensor out = at::empty({1, 1, q.size(1) * q.size(3)}, at::kFloat);
  kernels::SingleQuery one{query.data_ptr<float>(), q.size(1), kvHeads, q.size(3), chunks};
  if (options.window > 0)
    one.skip = std::max<std::int64_t>(0, cache.length() - options.window - cache.first());
  one.scale = static_cast<float>(options.scale);
  one.softcap = static_cast<float>(options.softcap);
  one.sinks = sinks.defined() ? sinks.data_ptr<float>() : nullptr;
  kernels::attendOne(one, out.data_ptr<float>());
  return out;
}

/// Many tokens [1, heads, time, dim] against their cache, likewise.
at::Tensor attendManyTokens(const at::Tensor& q, const LayerCache& cache, std::int64_t kvHeads,
                            const AttentionOptions& options) {
  const at::Tensor query = q.transpose(1, 2).contiguous();
  const at::Tensor sinks = options.sinks.defined() ? options.sinks.contiguous() : at::Tensor();
  const auto chunks = cache.chunks();
  const std::int64_t time = q.size(2);
  at::Tensor out = at::empty({1, time, q.size(1) * q.size(3)}, at::kFloat);
  kernels::ManyQueries many{query.data_ptr<float>(), time, q.size(1), kvHeads, q.size(3), chunks};
  many.past = cache.length() - cache.first() - time;
  many.window = options.window;
  many.scale = static_cast<float>(options.scale);
  many.softcap = static_cast<float>(options.softcap);
  many.sinks = sinks.defined() ? sinks.data_ptr<float>() : nullptr;
  kernels::attendMany(many, out.data_ptr<float>());
  return out;
}

bool isRows(const at::Tensor& x) {
  return x.stride(3) == 1 && x.scalar_type() == at::kFloat;
}

/// attend() without a mask.
at::Tensor attendWhole(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                       double scale) {
  kernels::WholeAttention all{.q = headRows(q), .k = headRows(k), .v = headRows(v)};
  all.batches = q.size(0), all.heads = q.size(1), all.time = q.size(2), all.dim = q.size(3);
  all.keys = k.size(2);
  all.scale = static_cast<float>(scale);
  at::Tensor out = at::empty({all.batches, all.time, all.heads * all.dim}, at::kFloat);
  kernels::attendWhole(all, out.data_ptr<float>());
  return out;
}

/// One sequence against its cache.
at::Tensor attendCached(const at::Tensor& q, const LayerCache& cache, std::int64_t kvHeads,
                        const AttentionOptions& options, at::Tensor* weights) {
  const std::int64_t time = q.size(2);
  if (!weights && time == 1) return attendOneToken(q, cache, kvHeads, options);
  if (!weights) return attendManyTokens(q, cache, kvHeads, options);
  const at::Tensor mask =
      causalMask(time, cache.length() - time, cache.first(), options.window, {});
  return attend(q, cache.keys().unsqueeze(0), cache.values().unsqueeze(0), mask, options, weights);
}

}  // namespace

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                  const at::Tensor& mask, const AttentionOptions& options, at::Tensor* weights) {
  const std::int64_t groups = q.size(1) / k.size(1);
  const bool plain = !weights && options.softcap == 0 && !options.sinks.defined();
  if (plain && options.rounded && !mask.defined() && groups == 1 && isRows(q) && isRows(k) &&
      isRows(v) && !needsGradient(q) && !needsGradient(v) && kernels::canAttendWhole())
    return attendWhole(q, k, v, options.scale);
  if (plain) {
    std::optional<at::Tensor> bias;
    if (mask.defined()) bias = mask;
    return joinHeads(at::scaled_dot_product_attention(
        q, repeatHeads(k, groups), repeatHeads(v, groups), bias, 0, false, options.scale));
  }
  at::Tensor scores = at::matmul(q, repeatHeads(k, groups).transpose(2, 3)) * options.scale;
  if (options.softcap != 0) scores = at::tanh(scores / options.softcap) * options.softcap;
  if (mask.defined()) scores = scores + mask;
  const at::Tensor shares = softmaxWithSinks(scores, options.sinks);
  if (weights) *weights = shares;
  return joinHeads(at::matmul(shares, repeatHeads(v, groups)));
}

at::Tensor attendDropping(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                          const at::Tensor& mask, double scale, double p,
                          const TrainingPass* pass) {
  if (!pass || p == 0) return attend(q, k, v, mask, {.scale = scale});
  at::Tensor scores = at::matmul(q, k.transpose(2, 3)) * scale;
  if (mask.defined()) scores = scores + mask;
  return joinHeads(at::matmul(dropout(at::softmax(scores, -1), p, pass), v));
}

at::Tensor causalAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           std::int64_t layer, const AttentionOptions& options, const Step& step) {
  at::Tensor map;
  at::Tensor* weights = step.observer ? &map : nullptr;
  at::Tensor result;
  if (step.rows.empty() || step.blocks.defined()) {
    const at::Tensor mask =
        causalMask(q.size(2), 0, 0, options.window, step.attentionMask, step.blocks);
    result = attend(q, k, v, mask, options, weights);
    for (std::size_t row = 0; row < step.rows.size(); ++row)
      step.rows[row]->layers[static_cast<std::size_t>(layer)].append(
          k[static_cast<std::int64_t>(row)], v[static_cast<std::int64_t>(row)]);
  } else {
    std::vector<at::Tensor> rows;
    for (std::size_t row = 0; row < step.rows.size(); ++row) {
      LayerCache& cache = step.rows[row]->layers[static_cast<std::size_t>(layer)];
      const auto index = static_cast<std::int64_t>(row);
      cache.append(k[index], v[index]);
      rows.push_back(attendCached(q.narrow(0, index, 1), cache, k.size(1), options, weights));
    }
    result = rows.size() == 1 ? rows.front() : at::cat(rows, 0);
  }
  if (weights) step.observe(fmt::format("layers.{}.attention", layer), map);
  return result;
}

at::Tensor causalMask(std::int64_t time, std::int64_t past, std::int64_t firstKey,
                      std::int64_t window, const at::Tensor& attentionMask,
                      const at::Tensor& blocks) {
  const std::int64_t keys = past + time - firstKey;
  const bool windowHides = window > 0 && keys > window;
  if (time == 1 && !windowHides && !attentionMask.defined()) return {};
  const at::Tensor query = at::arange(past, past + time, at::kLong).unsqueeze(1);
  const at::Tensor key = at::arange(firstKey, firstKey + keys, at::kLong).unsqueeze(0);
  at::Tensor seen = key.le(query);
  if (window > 0) seen = seen.logical_and(key.gt(query - window));
  seen = seen.view({1, 1, time, keys});
  if (blocks.defined()) {
    const at::Tensor same = blocks.unsqueeze(2).eq(blocks.unsqueeze(1));
    seen = seen.logical_or(same.logical_and(blocks.ge(0).unsqueeze(2)).unsqueeze(1));
  }
  if (attentionMask.defined()) seen = seen.logical_and(attentionMask.ne(0).view({-1, 1, 1, keys}));
  return at::where(seen, at::scalar_tensor(0.f), at::scalar_tensor(kHidden));
}

at::Tensor paddingMask(const at::Tensor& attentionMask) {
  if (!attentionMask.defined()) return {};
  const at::Tensor seen = attentionMask.ne(0).view({attentionMask.size(0), 1, 1, -1});
  return at::where(seen, at::scalar_tensor(0.f), at::scalar_tensor(kHidden));
}

}  // namespace orrery::nn
