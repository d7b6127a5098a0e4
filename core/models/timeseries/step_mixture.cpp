#include "core/models/timeseries/step_mixture.h"

#include <cmath>
#include <cstring>

namespace orrery::models::timeseries {

LayerInputs LayerInputs::make(std::int64_t rows, std::int64_t steps, std::int64_t hidden) {
  const auto room = [&] { return at::zeros({rows, steps, hidden}, at::kFloat); };
  return {room(), room(), room(), room()};
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

LayerInputs LayerOfSteps::project(const at::Tensor& x) const {
  const Projections& own = layer->selfAttention().projections();
  auto projected = nn::Linear::together({&own.q, &own.k, &own.v}, x);
  const double dim = static_cast<double>(x.size(-1)) / static_cast<double>(own.heads);
  return {x, projected[0].div_(std::sqrt(dim)), projected[1], projected[2]};
}

at::Tensor LayerOfSteps::behind(const at::Tensor& x, const at::Tensor& heads,
                                const RowCounts& counts) const {
  return layer->behind(x, layer->selfAttention().projections().out(heads), counts, memory);
}

StepMixture::StepMixture(std::int64_t rows, std::int64_t steps, std::int64_t hidden,
                         std::int64_t heads)
    : attended_(at::zeros({rows, steps, hidden}, at::kFloat)),
      summed_(at::zeros({rows, steps, hidden}, at::kFloat)),
      known_(at::ones({rows, steps, heads}, at::kBool)),
      other_(LayerInputs::make(rows, steps, hidden)) {}

void StepMixture::put(std::int64_t step, const at::Tensor& attended, const at::Tensor& values) {
  attended_.select(1, step).copy_(attended);
  at::Tensor sum = summed_.select(1, step);
  sum.copy_(values);
  if (step > 0) sum.add_(summed_.select(1, step - 1));
}

StepMixture::Missing StepMixture::missing(const at::Tensor& attends, std::int64_t count) {
  const std::int64_t rows = attends.size(0), steps = attends.size(1), room = known_.size(1);
  const auto heads = static_cast<std::size_t>(attends.size(2));
  const bool* asked = attends.const_data_ptr<bool>();
  Missing result{{}, RowCounts(static_cast<std::size_t>(rows / count))};
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t step = 0; step < steps; ++step, asked += heads) {
      const std::int64_t place = row * room + step;
      bool* known = known_.data_ptr<bool>() + place * static_cast<std::int64_t>(heads);
      if (std::all_of(asked, asked + heads, [](bool attends) { return attends; }) ||
          std::equal(asked, asked + heads, known))
        continue;
      std::copy(asked, asked + heads, known);
      result.places.push_back(place);
      ++result.counts[row / count];
    }
  return result;
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

LayerInputs StepMixture::inputs(const at::Tensor& attends, const LayerInputs& all,
                                const at::Tensor& x, std::int64_t count, const LayerOfSteps& first,
                                const LayerOfSteps& second) {
  const Missing wanted = missing(attends, count);
  if (!wanted.places.empty()) {
    const at::Tensor places = at::tensor(wanted.places, at::kLong);
    const at::Tensor rows = x.flatten(0, 1).index_select(0, places);
    const LayerInputs fresh =
        second.project(first.behind(rows, headsOf(wanted.places), wanted.counts));
    const auto keep = [&](const at::Tensor& to, const at::Tensor& from) {
      to.flatten(0, 1).index_copy_(0, places, from);
    };
    keep(other_.x, fresh.x), keep(other_.q, fresh.q);
    keep(other_.k, fresh.k), keep(other_.v, fresh.v);
  }
  const at::Tensor every = attends.all(-1, true);
  const LayerInputs others = other_.first(attends.size(1));
  const auto mixed = [&](const at::Tensor& a, const at::Tensor& b) {
    return at::where(every, a, b);
  };
  return {mixed(all.x, others.x), mixed(all.q, others.q), mixed(all.k, others.k),
          mixed(all.v, others.v)};
}

}  // namespace orrery::models::timeseries
