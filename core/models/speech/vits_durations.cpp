#include "core/models/speech/vits_durations.h"

#include <cmath>

#include "core/nn/convolution1d.h"
#include "core/nn/norm.h"

namespace orrery::models::speech {
namespace {

/// A layer norm over channels: x [batch, channels, time].
at::Tensor normChannels(const nn::LayerNorm& norm, const at::Tensor& x) {
  return norm(x.transpose(1, 2)).transpose(1, 2);
}

/// Dilated convolutions of each channel by itself, each followed by one across channels.
class SplitConvolutions {
 public:
  SplitConvolutions(const nn::Weights& w, const VitsConfig& c) {
    std::int64_t dilation = 1;
    for (std::int64_t i = 0; i < c.splitLayers; ++i) {
      dilated_.emplace_back(
          w / "convs_dilated" / i, c.hidden, c.hidden,
          nn::Convolution1dOptions{.kernel = c.durationKernel,
                                   .padding = (c.durationKernel - 1) * dilation / 2,
                                   .dilation = dilation,
                                   .groups = c.hidden});
      across_.emplace_back(w / "convs_pointwise" / i, c.hidden, c.hidden,
                           nn::Convolution1dOptions{});
      first_.emplace_back(w / "norms_1" / i, c.hidden, 1e-5);
      second_.emplace_back(w / "norms_2" / i, c.hidden, 1e-5);
      dilation *= c.durationKernel;
    }
  }

  at::Tensor operator()(at::Tensor x, const at::Tensor& kept) const {
    for (std::size_t i = 0; i < dilated_.size(); ++i) {
      const at::Tensor y = at::gelu(normChannels(first_[i], dilated_[i](x * kept)));
      x = x + at::gelu(normChannels(second_[i], across_[i](y)));
    }
    return x * kept;
  }

 private:
  std::vector<nn::Conv1d> dilated_, across_;
  std::vector<nn::LayerNorm> first_, second_;
};

/// A step of the flow: a spline for one half, whose form the other half decides.
class SplineStep {
 public:
  SplineStep(const nn::Weights& w, const VitsConfig& c)
      : bins_(c.bins),
        tail_(c.tail),
        scale_(1 / std::sqrt(static_cast<double>(c.hidden))),
        in_(w / "conv_pre", 1, c.hidden, {}),
        net_(w / "conv_dds", c),
        out_(w / "conv_proj", c.hidden, 3 * c.bins - 1, {}) {}

  /// Backwards: x [batch, 2, tokens].
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& text, const at::Tensor& kept) const {
    const auto halves = x.chunk(2, 1);
    const at::Tensor form = out_(net_(in_(halves[0]) + text, kept)) * kept;
    const at::Tensor each = form.transpose(1, 2).unsqueeze(1);  // [batch, 1, tokens, parameters]
    const at::Tensor y =
        inverseSpline(halves[1], each.slice(-1, 0, bins_) * scale_,
                      each.slice(-1, bins_, 2 * bins_) * scale_, each.slice(-1, 2 * bins_), tail_);
    return at::cat({halves[0], y}, 1) * kept;
  }

 private:
  std::int64_t bins_;
  double tail_, scale_;
  nn::Conv1d in_;
  SplitConvolutions net_;
  nn::Conv1d out_;
};

class DrawnDurations : public VitsDurations {
 public:
  DrawnDurations(const nn::Weights& w, const VitsConfig& c)
      : in_(w / "conv_pre", c.hidden, c.hidden, {}),
        net_(w / "conv_dds", c),
        out_(w / "conv_proj", c.hidden, c.hidden, {}),
        shift_(w.tensor("flows.0.translate", {2, 1})),
        logScale_(w.tensor("flows.0.log_scale", {2, 1})) {
    if (c.speaker > 0) speaker_ = nn::Conv1d(w / "cond", c.speaker, c.hidden, {});
    // The first step is of no use backwards, and transformers leaves it out.
    for (std::int64_t i = 2; i <= c.durationFlows; ++i) steps_.emplace_back(w / "flows" / i, c);
  }

  at::Tensor operator()(const at::Tensor& hidden, const at::Tensor& kept, const at::Tensor& speaker,
                        const at::Tensor& noise) const override {
    at::Tensor text = in_(hidden);
    if (speaker.defined()) text = text + speaker_(speaker);
    text = out_(net_(text, kept)) * kept;
    at::Tensor x = noise;
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step)
      x = (*step)(at::flip(x, {1}), text, kept);
    x = (at::flip(x, {1}) - shift_) * at::exp(-logScale_) * kept;
    return x.narrow(1, 0, 1);
  }

 private:
  nn::Conv1d in_;
  SplitConvolutions net_;
  nn::Conv1d out_, speaker_;
  at::Tensor shift_, logScale_;  ///< [2, 1]
  std::vector<SplineStep> steps_;
};

class FixedDurations : public VitsDurations {
 public:
  FixedDurations(const nn::Weights& w, const VitsConfig& c)
      : first_(w / "conv_1", c.hidden, c.durationWidth, options(c)),
        second_(w / "conv_2", c.durationWidth, c.durationWidth, options(c)),
        out_(w / "proj", c.durationWidth, 1, {}),
        firstNorm_(w / "norm_1", c.durationWidth, c.normEps),
        secondNorm_(w / "norm_2", c.durationWidth, c.normEps) {
    if (c.speaker > 0) speaker_ = nn::Conv1d(w / "cond", c.speaker, c.hidden, {});
  }

  at::Tensor operator()(const at::Tensor& hidden, const at::Tensor& kept, const at::Tensor& speaker,
                        const at::Tensor&) const override {
    at::Tensor x = speaker.defined() ? hidden + speaker_(speaker) : hidden;
    x = normChannels(firstNorm_, at::relu(first_(x * kept)));
    x = normChannels(secondNorm_, at::relu(second_(x * kept)));
    return out_(x * kept) * kept;
  }

 private:
  static nn::Convolution1dOptions options(const VitsConfig& c) {
    return {.kernel = c.durationKernel, .padding = c.durationKernel / 2};
  }

  nn::Conv1d first_, second_, out_, speaker_;
  nn::LayerNorm firstNorm_, secondNorm_;
};

}  // namespace

std::unique_ptr<VitsDurations> makeVitsDurations(const nn::Weights& weights, const VitsConfig& c) {
  if (c.stochastic) return std::make_unique<DrawnDurations>(weights, c);
  return std::make_unique<FixedDurations>(weights, c);
}

}  // namespace orrery::models::speech
