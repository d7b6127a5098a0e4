#include "core/models/timeseries/trajectory_decoder.h"

#include "core/models/timeseries/step_attention.h"

namespace orrery::models::timeseries {
namespace {

/// What the heads of self-attention give to the newest step; `attends` as attendNewest() has it.
at::Tensor newestHeads(const LayerOfSteps& layer, const LayerInputs& inputs,
                       const at::Tensor& attends) {
  const at::Tensor q = inputs.q.select(1, inputs.q.size(1) - 1);
  return attendNewest(q, inputs.k, inputs.v, attends, layer.heads());
}

}  // namespace

TrajectoryDecoder::TrajectoryDecoder(const std::vector<DecoderLayer>& layers,
                                     const at::Tensor& encoded, std::int64_t count,
                                     std::int64_t steps)
    : each_(static_cast<std::size_t>(encoded.size(0)), count), count_(count) {
  const std::int64_t rows = encoded.size(0) * count, hidden = encoded.size(2);
  for (const DecoderLayer& layer : layers) {
    layers_.emplace_back(layer, encoded);
    inputs_.push_back(LayerInputs::make(rows, steps, hidden));
  }
  if (layers.empty()) return;
  choice_ = layers.front().selfAttention().choice();
  for (std::int64_t time = 1; time <= steps && layers.size() > 1 && !mixture_; ++time)
    if (choice_.attending(time) < time)
      mixture_.emplace(rows, steps, hidden, layers_.front().heads());
}

at::Tensor TrajectoryDecoder::allRows(const LayerOfSteps& layer, const LayerInputs& inputs,
                                      const at::Tensor& attends) const {
  const Projections& own = layer.layer->selfAttention().projections();
  const at::Tensor v = own.split(inputs.v);
  const at::Tensor attended = at::scaled_dot_product_attention(
      own.split(inputs.q), own.split(inputs.k), v, {}, 0, /*is_causal=*/true, /*scale=*/1.0);
  const at::Tensor heads =
      own.join(at::where(attends.transpose(1, 2).unsqueeze(-1), attended, v.cumsum(2)));
  const RowCounts counts(each_.size(), count_ * inputs.x.size(1));
  return layer.behind(inputs.x.flatten(0, 1), heads.flatten(0, 1), counts).view_as(inputs.x);
}

at::Tensor TrajectoryDecoder::sparseStep(const std::vector<at::Tensor>& samples) {
  const std::int64_t queries = choice_.attending(done_);
  LayerInputs inputs = inputs_.front().first(done_);
  for (std::size_t i = 0;; ++i) {
    const LayerOfSteps& layer = layers_[i];
    const at::Tensor attends = outstanding(inputs.q, inputs.k, samples[i], queries, layer.heads());
    if (i + 1 == layers_.size()) {
      const std::int64_t newest = done_ - 1;
      const at::Tensor heads = newestHeads(layer, inputs, attends.select(1, newest));
      return layer.behind(inputs.x.select(1, newest), heads, each_);
    }
    inputs = i == 0 ? mixture_->inputs(attends, inputs_[1].first(done_), inputs_[0].x, count_,
                                       layer, layers_[1])
                    : layers_[i + 1].project(allRows(layer, inputs, attends));
  }
}

at::Tensor TrajectoryDecoder::step(const at::Tensor& x, const Pass& pass) {
  const std::int64_t newest = done_++;
  const bool sparse = choice_.attending(done_) < done_;
  std::vector<at::Tensor> samples;
  for (std::size_t i = 0; i < layers_.size() && choice_.factor > 0; ++i)
    samples.push_back(choice_.sample(done_, done_, pass));
  at::Tensor y = x;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    inputs_[i].put(newest, layers_[i].project(y));
    if (sparse && i + 1 == layers_.size()) return sparseStep(samples);
    const LayerInputs inputs = inputs_[i].first(done_);
    const at::Tensor heads = newestHeads(layers_[i], inputs, {});
    if (i == 0 && mixture_) mixture_->put(newest, heads, inputs.v.select(1, newest));
    y = layers_[i].behind(y, heads, each_);
  }
  return y;
}

}  // namespace orrery::models::timeseries
