#include "core/models/timeseries/trajectory_decoder.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <exception>
#include <numeric>

#include "core/base/thread_pool.h"
#include "core/models/timeseries/step_attention.h"

namespace orrery::models::timeseries {
namespace {

/// Rows that are worth a thread of their own.
constexpr std::int64_t kLeastRows = 32;

/// What the heads of self-attention give to the newest step; `attends` as attendNewest() has it.
at::Tensor newestHeads(const LayerOfSteps& layer, const LayerInputs& inputs,
                       const at::Tensor& attends) {
  const at::Tensor q = inputs.q.select(1, inputs.q.size(1) - 1);
  return attendNewest(q, inputs.k, inputs.v, attends, layer.heads());
}

}  // namespace

TrajectoryRows::TrajectoryRows(std::vector<LayerOfSteps> layers, RowCounts counts,
                               std::int64_t steps)
    : layers_(std::move(layers)), counts_(std::move(counts)) {
  const std::int64_t rows = std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
  for (const LayerOfSteps& layer : layers_)
    inputs_.push_back(LayerInputs::make(rows, steps, layer.hidden()));
  if (layers_.empty()) return;
  choice_ = layers_.front().layer->selfAttention().choice();
  for (std::int64_t time = 1; time <= steps && layers_.size() > 1 && !mixture_; ++time)
    if (choice_.attending(time) < time) mixture_.emplace(layers_[0], layers_[1], counts_, steps);
}

at::Tensor TrajectoryRows::allRows(const LayerOfSteps& layer, const LayerInputs& inputs,
                                   const at::Tensor& attends) const {
  const Projections& own = layer.projections();
  const at::Tensor v = own.split(inputs.v);
  const at::Tensor attended = at::scaled_dot_product_attention(
      own.split(inputs.q), own.split(inputs.k), v, {}, 0, /*is_causal=*/true, /*scale=*/1.0);
  const at::Tensor heads =
      own.join(at::where(attends.transpose(1, 2).unsqueeze(-1), attended, v.cumsum(2)));
  RowCounts counts = counts_;
  for (std::int64_t& count : counts) count *= inputs.x.size(1);
  return layer.behind(inputs.x.flatten(0, 1), heads.flatten(0, 1), counts).view_as(inputs.x);
}

at::Tensor TrajectoryRows::sparseStep(const std::vector<at::Tensor>& samples) {
  const std::int64_t queries = choice_.attending(done_);
  LayerInputs inputs = inputs_.front().first(done_);
  for (std::size_t i = 0;; ++i) {
    const LayerOfSteps& layer = layers_[i];
    const at::Tensor attends = outstanding(inputs.q, inputs.k, samples[i], queries, layer.heads());
    if (i + 1 == layers_.size()) {
      const std::int64_t newest = done_ - 1;
      const at::Tensor heads = newestHeads(layer, inputs, attends.select(1, newest));
      return layer.behind(inputs.x.select(1, newest), heads, counts_);
    }
    inputs = i == 0 ? mixture_->inputs(attends, inputs_[0], inputs_[1])
                    : layers_[i + 1].project(allRows(layer, inputs, attends));
  }
}

at::Tensor TrajectoryRows::step(const at::Tensor& x, const std::vector<at::Tensor>& samples) {
  const std::int64_t newest = done_++;
  const bool sparse = choice_.attending(done_) < done_;
  at::Tensor y = x;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    inputs_[i].put(newest, layers_[i].project(y));
    if (sparse && i + 1 == layers_.size()) return sparseStep(samples);
    const LayerInputs inputs = inputs_[i].first(done_);
    const at::Tensor heads = newestHeads(layers_[i], inputs, {});
    if (i == 0 && mixture_) mixture_->put(newest, heads, inputs.v.select(1, newest));
    y = layers_[i].behind(y, heads, counts_);
  }
  return y;
}

TrajectoryDecoder::TrajectoryDecoder(const std::vector<DecoderLayer>& layers,
                                     const at::Tensor& encoded, std::int64_t count,
                                     std::int64_t steps)
    : layers_(layers.size()), threadsBefore_(at::get_num_threads()) {
  if (!layers.empty()) choice_ = layers.front().selfAttention().choice();
  std::vector<LayerOfSteps> whole;
  for (const DecoderLayer& layer : layers) whole.emplace_back(layer, encoded);
  const std::int64_t rows = encoded.size(0) * count;
  const std::int64_t parts =
      std::clamp<std::int64_t>(rows / kLeastRows, 1, ThreadPool::shared().threads());
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::int64_t begin = rows * i / parts, end = rows * (i + 1) / parts;
    const std::int64_t series = begin / count;
    RowCounts counts;
    for (std::int64_t row = begin; row < end; row += counts.back())
      counts.push_back(std::min(end, (row / count + 1) * count) - row);
    std::vector<LayerOfSteps> own;
    for (const LayerOfSteps& layer : whole)
      own.push_back(layer.of(series, static_cast<std::int64_t>(counts.size())));
    parts_.push_back({begin, end, TrajectoryRows(std::move(own), std::move(counts), steps)});
  }
  if (parts > 1) at::set_num_threads(1);
}

TrajectoryDecoder::~TrajectoryDecoder() {
  if (parts_.size() > 1) at::set_num_threads(threadsBefore_);
}

at::Tensor TrajectoryDecoder::step(const at::Tensor& x, const Pass& pass) {
  ++done_;
  std::vector<at::Tensor> samples;
  for (std::size_t i = 0; i < layers_ && choice_.factor > 0; ++i)
    samples.push_back(choice_.sample(done_, done_, pass));
  if (parts_.size() == 1) return parts_.front().rows.step(x, samples);
  at::Tensor result = at::empty_like(x);
  const auto count = static_cast<std::int64_t>(parts_.size());
  std::vector<std::exception_ptr> failures(parts_.size());
  ThreadPool::shared().parallelFor(count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) try {
        runPart(parts_[i], x, samples, result);
      } catch (...) {
        failures[i] = std::current_exception();
      }
  });
  ThreadPool::shared().rest();  // until the next step: this thread draws and embeds meanwhile
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
  return result;
}

void TrajectoryDecoder::runPart(Part& part, const at::Tensor& x,
                                const std::vector<at::Tensor>& samples, const at::Tensor& result) {
  const at::NoGradGuard noGrad;
  // Threads of the pool never share out LibTorch's operations; the caller's number is put back.
  [[maybe_unused]] static thread_local const bool alone = (at::set_num_threads(1), true);
  const std::int64_t rows = part.end - part.begin;
  result.narrow(0, part.begin, rows).copy_(part.rows.step(x.narrow(0, part.begin, rows), samples));
}

}  // namespace orrery::models::timeseries
