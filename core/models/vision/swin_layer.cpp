#include "core/models/vision/swin_layer.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/models/vision/patch_bias.h"

namespace orrery::models::vision {
namespace {

using nn::Linear;

/// Rows that are computed at a time: what lies between two layers stays in the cache, and a large
/// picture takes no more memory than a small one.
constexpr std::int64_t kRows = 4096;

/// What transformers adds to a score of tokens that belong apart; V2 adds it twice.
constexpr double kApart = -100;

Linear::Bias biasIf(bool there) {
  return there ? Linear::Bias::kRequired : Linear::Bias::kNone;
}

std::int64_t mlpWidth(const SwinConfig& c, std::int64_t width) {
  return static_cast<std::int64_t>(c.mlpRatio * static_cast<double>(width));
}

/// Swin V2's distances, from -1 to 1 at the edge of the window it was trained with, on a
/// logarithmic scale: [1, (2 window - 1)^2, 2].
at::Tensor logDistances(std::int64_t window, std::int64_t pretrainedWindow) {
  at::Tensor steps = at::arange(1 - window, window, at::kFloat);
  if (pretrainedWindow > 0)
    steps = steps / (pretrainedWindow - 1);
  else if (window > 1)
    steps = steps / (window - 1);
  steps = steps * 8;
  steps = steps.sign() * at::log2(steps.abs() + 1) / std::log2(8.0);
  const std::int64_t span = 2 * window - 1;
  return at::stack({steps.view({span, 1}).expand({span, span}), steps.expand({span, span})}, -1)
      .reshape({span * span, 2});
}

at::Tensor unitLength(const at::Tensor& x) {
  return x / x.norm(2, {-1}, /*keepdim=*/true).clamp_min(1e-12);
}

}  // namespace

SwinLayer::SwinLayer(const nn::Weights& w, const SwinConfig& c, std::size_t stage,
                     std::int64_t index)
    : second_(c.second),
      heads_(c.heads[stage]),
      window_(c.window),
      shift_(index % 2 == 0 ? 0 : c.window / 2),
      normBefore_(w / "layernorm_before", c.width(stage), c.normEps),
      normAfter_(w / "layernorm_after", c.width(stage), c.normEps),
      activation_(nn::activation(c.activation)) {
  const std::int64_t width = c.width(stage), ffn = mlpWidth(c, width);
  const nn::Weights self = w / "attention.self";
  query_ = Linear(self / "query", width, width, biasIf(c.qkvBias));
  key_ = Linear(self / "key", width, width, biasIf(c.qkvBias && !second_));
  value_ = Linear(self / "value", width, width, biasIf(c.qkvBias));
  out_ = Linear(w / "attention.output.dense", width, width, Linear::Bias::kRequired);
  up_ = Linear(w / "intermediate.dense", width, ffn, Linear::Bias::kRequired);
  down_ = Linear(w / "output.dense", ffn, width, Linear::Bias::kRequired);
  if (second_) {
    // Windows are as large as the maps of a picture of the config's size allow.
    const std::int64_t rows = (c.image.height / c.patch.height) >> stage;
    const std::int64_t columns = (c.image.width / c.patch.width) >> stage;
    if (std::min(rows, columns) < 1)
      throw Error(ErrorKind::kInvalidInput, "image_size leaves no patches for stage {}", stage + 1);
    window_ = std::min(rows, c.window);
    if (rows <= window_) shift_ = 0;
    logitScale_ = self.tensor("logit_scale", {heads_, 1, 1});
    logitScale_ = logitScale_.clamp_max(std::log(1 / 0.01)).exp();
  } else {
    options_.scale = 1 / std::sqrt(static_cast<double>(width / heads_));
  }
  readBias(self, second_ ? c.pretrainedWindows[stage] : 0);
}

void SwinLayer::readBias(const nn::Weights& self, std::int64_t pretrainedWindow) {
  at::Tensor table;  // [(2 window - 1)^2, heads]
  if (second_) {
    constexpr std::int64_t kWidth = 512;
    const nn::Weights mlp = self / "continuous_position_bias_mlp";
    const at::Tensor hidden =
        at::relu(at::linear(logDistances(window_, pretrainedWindow),
                            mlp.tensor("0.weight", {kWidth, 2}), mlp.tensor("0.bias", {kWidth})));
    table = 16 * at::sigmoid(at::linear(hidden, mlp.tensor("2.weight", {heads_, kWidth})));
    for (const char* buffer : {"relative_coords_table", "relative_position_index"})
      self.ignore(buffer);
  } else {
    const std::int64_t span = 2 * window_ - 1;
    table = self.tensor("relative_position_bias_table", {span * span, heads_});
    self.ignore("relative_position_index");
  }
  const at::Tensor index = relativeIndex({window_, window_});
  bias_ = table.index_select(0, index.flatten())
              .view({index.size(0), index.size(1), heads_})
              .permute({2, 0, 1})
              .contiguous()
              .unsqueeze(0);
}

Windows SwinLayer::windowsFor(Size map, bool alwaysPartition) const {
  const std::int64_t shorter = std::min(map.height, map.width);
  if (second_ || alwaysPartition || shorter > window_) return Windows(map, window_, shift_);
  if (shorter < window_)
    throw Error(ErrorKind::kInvalidInput,
                "the picture is too small: a map of {} x {} is less than a window of {} x {}",
                map.height, map.width, window_, window_)
        .in("input \"pixel_values\"");
  return Windows(map, window_, 0);
}

at::Tensor SwinLayer::attendWithin(const at::Tensor& windows, const at::Tensor& bias,
                                   at::Tensor* map) const {
  auto parts = Linear::together({&query_, &key_, &value_}, windows);
  for (at::Tensor& part : parts)
    part = part.view({windows.size(0), windows.size(1), heads_, -1}).transpose(1, 2);
  if (second_) {
    parts[0] = unitLength(parts[0]) * logitScale_;
    parts[1] = unitLength(parts[1]);
  }
  return out_(nn::attend(parts[0], parts[1], parts[2], bias, options_, map));
}

void SwinLayer::attendTo(const at::Tensor& x, const Windows& windows, at::Tensor& result,
                         at::Tensor* map) const {
  const auto some = [&](std::span<const std::int64_t> numbers, const at::Tensor& bias) {
    at::Tensor own;
    const at::Tensor attended = attendWithin(windows.cut(x, numbers), bias, map ? &own : nullptr);
    windows.put(attended, numbers, result);
    if (map)
      map->index_copy_(0, at::tensor(at::ArrayRef<std::int64_t>(numbers.data(), numbers.size())),
                       own);
  };
  const auto plain = windows.plain();
  const auto step =
      static_cast<std::size_t>(std::max<std::int64_t>(1, kRows / (window_ * window_)));
  for (std::size_t i = 0; i < plain.size(); i += step)
    some(plain.subspan(i, std::min(step, plain.size() - i)), bias_);
  // Few windows need a mask.
  if (!windows.mixed().empty())
    some(windows.mixed(), bias_ + windows.apart().to(at::kFloat) * (second_ ? 2 * kApart : kApart));
}

at::Tensor SwinLayer::attend(const at::Tensor& x, bool alwaysPartition, at::Tensor* map) const {
  const Windows windows = windowsFor({x.size(1), x.size(2)}, alwaysPartition);
  at::Tensor result = at::empty(x.sizes(), at::kFloat);
  std::vector<at::Tensor> maps;
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    at::Tensor one = result[i];
    if (map)
      maps.push_back(
          at::empty({windows.count(), heads_, bias_.size(2), bias_.size(3)}, at::kFloat));
    attendTo(x[i], windows, one, map ? &maps.back() : nullptr);
  }
  if (map) *map = at::cat(maps, 0);
  return result;
}

at::Tensor SwinLayer::mlp(const at::Tensor& x) const {
  if (second_) return normAfter_(down_(activation_(up_(x))));
  return down_(activation_(up_(normAfter_(x))));
}

at::Tensor SwinLayer::addMlp(const at::Tensor& x) const {
  at::Tensor result = at::empty(x.sizes(), at::kFloat);
  const at::Tensor rows = x.view({-1, x.size(3)}), sums = result.view({-1, x.size(3)});
  for (std::int64_t i = 0; i < rows.size(0); i += kRows) {
    const at::Tensor some = rows.slice(0, i, i + kRows);
    at::Tensor sum = sums.slice(0, i, i + kRows);
    at::add_out(sum, some, mlp(some));
  }
  return result;
}

at::Tensor SwinLayer::operator()(const at::Tensor& x, bool alwaysPartition, at::Tensor* map) const {
  const at::Tensor attended = second_ ? normBefore_(attend(x, alwaysPartition, map))
                                      : attend(normBefore_(x), alwaysPartition, map);
  return addMlp(nn::addBranch(x, attended));
}

}  // namespace orrery::models::vision
