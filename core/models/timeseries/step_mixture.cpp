#include "core/models/timeseries/step_mixture.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace orrery::models::timeseries {
namespace {

/// Copies all that lies at one place of [rows * steps].
void copyStep(const LayerInputs& from, const LayerInputs& to, std::int64_t place) {
  const std::int64_t width = 4 * from.x.size(2);
  std::copy_n(from.x.const_data_ptr<float>() + place * width, width,
              to.x.data_ptr<float>() + place * width);
}

}  // namespace

LayerInputs LayerInputs::make(std::int64_t rows, std::int64_t steps, std::int64_t hidden) {
  const at::Tensor all = at::zeros({rows, steps, 4, hidden}, at::kFloat);
  return {all.select(2, 0), all.select(2, 1), all.select(2, 2), all.select(2, 3)};
}

LayerInputs LayerInputs::first(std::int64_t steps) const {
  return {x.narrow(1, 0, steps), q.narrow(1, 0, steps), k.narrow(1, 0, steps),
          v.narrow(1, 0, steps)};
}

void LayerInputs::put(std::int64_t step, const LayerInputs& rows) const {
  x.select(1, step).copy_(rows.x);
  q.select(1, step).copy_(rows.q);
  k.select(1, step).copy_(rows.k);
  v.select(1, step).copy_(rows.v);
}

LayerOfSteps::LayerOfSteps(const DecoderLayer& layer, const at::Tensor& encoded)
    : layer(&layer), memory(layer.crossAttention().memory(encoded)) {}

LayerOfSteps LayerOfSteps::of(std::int64_t first, std::int64_t count) const {
  LayerOfSteps part = *this;
  part.memory = {memory.k.narrow(0, first, count), memory.v.narrow(0, first, count)};
  return part;
}

LayerInputs LayerOfSteps::project(const at::Tensor& x) const {
  const Projections& own = projections();
  auto projected = nn::Linear::together({&own.q, &own.k, &own.v}, x);
  const double dim = static_cast<double>(x.size(-1)) / static_cast<double>(own.heads);
  return {x, projected[0].div_(std::sqrt(dim)), projected[1], projected[2]};
}

at::Tensor LayerOfSteps::behind(const at::Tensor& x, const at::Tensor& heads,
                                const RowCounts& counts) const {
  return layer->behind(x, projections().out(heads), counts, memory);
}

StepMixture::StepMixture(const LayerOfSteps& first, const LayerOfSteps& second,
                         const RowCounts& counts, std::int64_t steps)
    : first_(first), second_(second), counts_(counts) {
  const std::int64_t rows = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  attended_ = at::zeros({rows, steps, first.hidden()}, at::kFloat);
  summed_ = at::zeros_like(attended_);
  known_ = at::ones({rows, steps, first.heads()}, at::kBool);
  other_ = LayerInputs::make(rows, steps, first.hidden());
  mixed_ = LayerInputs::make(rows, steps, first.hidden());
  lies_.resize(static_cast<std::size_t>(rows * steps), Lies::kNone);
}

void StepMixture::put(std::int64_t step, const at::Tensor& attended, const at::Tensor& values) {
  attended_.select(1, step).copy_(attended);
  at::Tensor sum = summed_.select(1, step);
  sum.copy_(values);
  if (step > 0) sum.add_(summed_.select(1, step - 1));
}

StepMixture::Missing StepMixture::mix(const at::Tensor& attends, const LayerInputs& all) {
  const std::int64_t steps = attends.size(1), room = known_.size(1), heads = attends.size(2);
  const bool* asked = attends.const_data_ptr<bool>();
  Missing missing{{}, RowCounts(counts_.size())};
  std::int64_t row = 0;
  for (std::size_t series = 0; series < counts_.size(); ++series)
    for (const std::int64_t end = row + counts_[series]; row < end; ++row)
      for (std::int64_t step = 0; step < steps; ++step, asked += heads) {
        const std::int64_t place = row * room + step;
        const bool every = std::find(asked, asked + heads, false) == asked + heads;
        const Lies wanted = every ? Lies::kAll : Lies::kOther;
        bool* known = known_.data_ptr<bool>() + place * heads;
        if (!every && !std::equal(asked, asked + heads, known)) {
          std::copy_n(asked, heads, known);
          missing.places.push_back(place);
          ++missing.counts[series];
        } else if (lies_[place] != wanted) {
          copyStep(every ? all : other_, mixed_, place);
        }
        lies_[place] = wanted;
      }
  return missing;
}

void StepMixture::compute(const Missing& missing, const LayerInputs& own) {
  const at::Tensor places = at::tensor(missing.places, at::kLong);
  const at::Tensor x = own.x.flatten(0, 1).index_select(0, places);
  const LayerInputs rows =
      second_.project(first_.behind(x, headsOf(missing.places), missing.counts));
  other_.x.flatten(0, 1).index_copy_(0, places, rows.x);
  other_.q.flatten(0, 1).index_copy_(0, places, rows.q);
  other_.k.flatten(0, 1).index_copy_(0, places, rows.k);
  other_.v.flatten(0, 1).index_copy_(0, places, rows.v);
  for (const std::int64_t place : missing.places) copyStep(other_, mixed_, place);
}

at::Tensor StepMixture::headsOf(const std::vector<std::int64_t>& places) const {
  const std::int64_t hidden = attended_.size(2), heads = known_.size(2), dim = hidden / heads;
  at::Tensor result = at::empty({static_cast<std::int64_t>(places.size()), hidden}, at::kFloat);
  float* to = result.data_ptr<float>();
  for (const std::int64_t place : places)
    for (std::int64_t head = 0; head < heads; ++head, to += dim) {
      const bool attends = known_.const_data_ptr<bool>()[place * heads + head];
      const float* from = (attends ? attended_ : summed_).const_data_ptr<float>();
      std::copy_n(from + place * hidden + head * dim, dim, to);
    }
  return result;
}

LayerInputs StepMixture::inputs(const at::Tensor& attends, const LayerInputs& own,
                                const LayerInputs& all) {
  const Missing missing = mix(attends, all);
  if (!missing.places.empty()) compute(missing, own);
  return mixed_.first(attends.size(1));
}

}  // namespace orrery::models::timeseries
