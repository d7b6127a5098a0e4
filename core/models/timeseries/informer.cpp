#include <cmath>

#include "core/models/timeseries/series_families.h"
#include "core/models/timeseries/transformer_core.h"

/// Informer (Zhou et al. 2021): attention of the few queries that stand out.
namespace orrery::models::timeseries {
namespace {

/// Only the queries whose scores over a random sample of keys differ most from their mean attend;
/// the others get the mean of all values, or the sum of those before them.
class ProbSparseAttention : public Mixer {
 public:
  enum class Rest { kMean, kSum };
  ProbSparseAttention(const nn::Weights& weights, const TransformerConfig& config,
                      std::int64_t heads, Rest rest)
      : Mixer(Projections(weights, config.hidden, heads)),
        choice_{config.samplingFactor},
        rest_(rest),
        dropout_(config.attentionDropout) {}

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& memory, const at::Tensor& mask,
                        const Pass& pass) const override {
    at::Tensor q = own_.split(own_.q(x));
    const at::Tensor k = own_.split(own_.k(memory)), v = own_.split(own_.v(memory));
    q = q / std::sqrt(static_cast<double>(q.size(3)));
    const at::Tensor top = outstanding(q, k, pass);  // [batch, heads, count]
    const at::Tensor rows = top.unsqueeze(-1).expand({-1, -1, -1, q.size(3)});
    at::Tensor scores = at::matmul(q.gather(2, rows), k.transpose(2, 3));
    if (mask.defined()) {
      const at::Tensor all = mask.expand({q.size(0), q.size(1), q.size(2), k.size(2)});
      scores = scores + all.gather(2, top.unsqueeze(-1).expand({-1, -1, -1, k.size(2)}));
    }
    const at::Tensor shares = nn::dropout(at::softmax(scores, -1), dropout_, pass.training);
    const at::Tensor attended = at::matmul(shares, v);
    const at::Tensor others = rest_ == Rest::kSum ? v.cumsum(2) : v.mean(2, true).expand(q.sizes());
    return own_.out(own_.join(others.scatter(2, rows, attended)));
  }

  QueryChoice choice() const override { return choice_; }

 private:
  /// Which queries attend.
  at::Tensor outstanding(const at::Tensor& q, const at::Tensor& k, const Pass& pass) const {
    const std::int64_t queries = q.size(2), keys = k.size(2);
    const at::Tensor index = choice_.sample(queries, keys, pass);
    const at::Tensor scores = at::matmul(q, k.index_select(2, index).transpose(2, 3));
    const at::Tensor sparsity = scores.amax(-1) - scores.sum(-1) / static_cast<double>(keys);
    return std::get<1>(sparsity.topk(choice_.attending(queries), -1, true, false));
  }

  QueryChoice choice_;
  Rest rest_;
  double dropout_;
};

MakeMixer mixerOf(const TransformerConfig& config, std::int64_t heads,
                  ProbSparseAttention::Rest rest) {
  return [&config, heads, rest](const nn::Weights& scope) -> std::unique_ptr<Mixer> {
    if (!config.sparseAttention) return std::make_unique<FullAttention>(scope, config, heads);
    return std::make_unique<ProbSparseAttention>(scope, config, heads, rest);
  };
}

}  // namespace

std::unique_ptr<Model> makeInformer(const ModelSpec& spec) {
  return predictionModel(spec, [](const nn::Weights& weights, const TransformerConfig& config) {
    using Rest = ProbSparseAttention::Rest;
    return std::make_unique<TransformerCore>(weights, config,
                                             mixerOf(config, config.encoder.heads, Rest::kMean),
                                             mixerOf(config, config.decoder.heads, Rest::kSum));
  });
}

}  // namespace orrery::models::timeseries
